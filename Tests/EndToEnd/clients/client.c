/* What people do with libnats, the NATS client in C: publish, headers, request, queue, limit, drain, reconnect.
 *
 *     client URL [ca FILE] [user NAME PASSWORD] [seed PUBLIC FILE] [creds FILE] [reconnect]
 *
 * Says `ok` for each thing that went well, and ends with 1 at the first that did not. */
#include <nats/nats.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check(const char *what, natsStatus status) {
    if (status == NATS_OK) return;
    printf("%s: %s\n", what, natsStatus_GetText(status));
    nats_PrintLastErrorStack(stdout);
    exit(1);
}

static void must(const char *what, int isTrue) {
    if (!isTrue) {
        printf("%s: wrong\n", what);
        exit(1);
    }
}

static void done(const char *what) {
    printf("ok %s\n", what);
    fflush(stdout);
}

static void answer(natsConnection *nc, natsSubscription *sub, natsMsg *msg, void *closure) {
    natsConnection_PublishString(nc, natsMsg_GetReply(msg), "answer");
    natsMsg_Destroy(msg);
    (void)sub, (void)closure;
}

static void publish_and_headers(natsConnection *nc) {
    natsSubscription *sub = NULL;
    natsMsg *msg = NULL, *got = NULL;
    const char *value = NULL;
    check("subscribe", natsConnection_SubscribeSync(&sub, nc, "c.*.last"));
    check("message", natsMsg_Create(&msg, "c.x.last", "back", "hello", 5));
    check("header", natsMsgHeader_Set(msg, "Key", "value"));
    check("publish", natsConnection_PublishMsg(nc, msg));
    check("next", natsSubscription_NextMsg(&got, sub, 5000));
    check("get header", natsMsgHeader_Get(got, "Key", &value));
    must("message", !strcmp(value, "value") && !strcmp(natsMsg_GetReply(got), "back") &&
         natsMsg_GetDataLength(got) == 5 && !strcmp(natsMsg_GetSubject(got), "c.x.last"));
    natsMsg_Destroy(msg);
    natsMsg_Destroy(got);
    natsSubscription_Destroy(sub);
    done("publish subscribe headers");
}

static void request(natsConnection *nc) {
    natsSubscription *sub = NULL;
    natsMsg *got = NULL;
    check("service", natsConnection_Subscribe(&sub, nc, "c.ask", answer, NULL));
    check("request", natsConnection_RequestString(&got, nc, "c.ask", "?", 5000));
    must("answer", natsMsg_GetDataLength(got) == 6);
    natsMsg_Destroy(got);
    must("no responders", natsConnection_RequestString(&got, nc, "c.nobody", "?", 5000) == NATS_NO_RESPONDERS);
    natsSubscription_Destroy(sub);
    done("request");
}

static void queue(natsConnection *nc) {
    natsSubscription *first = NULL, *second = NULL;
    int one = 0, two = 0;
    check("member", natsConnection_QueueSubscribeSync(&first, nc, "c.job", "workers"));
    check("member", natsConnection_QueueSubscribeSync(&second, nc, "c.job", "workers"));
    for (int i = 0; i < 100; i++) check("job", natsConnection_PublishString(nc, "c.job", ""));
    check("flush", natsConnection_FlushTimeout(nc, 5000));
    uint64_t pending = 0;
    check("pending", natsSubscription_QueuedMsgs(first, &pending));
    one = (int)pending;
    check("pending", natsSubscription_QueuedMsgs(second, &pending));
    two = (int)pending;
    must("queue", one + two == 100 && one > 15 && two > 15);
    natsSubscription_Destroy(first);
    natsSubscription_Destroy(second);
    done("queue");
}

static void limit(natsConnection *nc) {
    natsSubscription *sub = NULL;
    natsMsg *got = NULL;
    check("subscribe", natsConnection_SubscribeSync(&sub, nc, "c.limit"));
    check("limit", natsSubscription_AutoUnsubscribe(sub, 2));
    for (int i = 0; i < 4; i++) check("publish", natsConnection_PublishString(nc, "c.limit", ""));
    for (int i = 0; i < 2; i++) {
        check("next", natsSubscription_NextMsg(&got, sub, 5000));
        natsMsg_Destroy(got);
    }
    must("limit", natsSubscription_NextMsg(&got, sub, 100) == NATS_MAX_DELIVERED_MSGS);
    natsSubscription_Destroy(sub);
    done("limit");
}

static void reconnected(natsConnection *nc, void *closure) {
    done("reconnect");
    (void)nc, (void)closure;
}

static void reconnect(natsConnection *nc) {
    natsSubscription *sub = NULL;
    natsMsg *got = NULL;
    check("subscribe", natsConnection_SubscribeSync(&sub, nc, "c.again"));
    check("flush", natsConnection_FlushTimeout(nc, 5000));
    done("waiting");
    while (natsSubscription_NextMsg(&got, sub, 100) == NATS_TIMEOUT) natsConnection_PublishString(nc, "c.again", "");
    natsMsg_Destroy(got);
    natsSubscription_Destroy(sub);
    done("again");
}

int main(int count, char **words) {
    natsOptions *options = NULL;
    natsConnection *nc = NULL;
    int wantsReconnect = 0;
    check("options", natsOptions_Create(&options));
    natsOptions_SetURL(options, words[1]);
    natsOptions_SetMaxReconnect(options, 1000);
    natsOptions_SetReconnectWait(options, 20);
    natsOptions_SetReconnectedCB(options, reconnected, NULL);
    for (int i = 2; i < count; i++) {
        if (!strcmp(words[i], "ca")) {
            check("TLS", natsOptions_SetSecure(options, true));
            check("CA", natsOptions_LoadCATrustedCertificates(options, words[++i]));
        } else if (!strcmp(words[i], "user")) {
            check("user", natsOptions_SetUserInfo(options, words[i + 1], words[i + 2]));
            i += 2;
        } else if (!strcmp(words[i], "seed")) {
            check("seed", natsOptions_SetNKeyFromSeed(options, words[i + 1], words[i + 2]));
            i += 2;
        } else if (!strcmp(words[i], "creds")) {
            check("creds", natsOptions_SetUserCredentialsFromFiles(options, words[++i], NULL));
        } else {
            wantsReconnect = 1;
        }
    }
    check("connect", natsConnection_Connect(&nc, options));
    done("connect");
    publish_and_headers(nc);
    request(nc);
    queue(nc);
    limit(nc);
    if (wantsReconnect) reconnect(nc);
    check("drain", natsConnection_DrainTimeout(nc, 5000));
    for (int i = 0; i < 500 && !natsConnection_IsClosed(nc); i++) nats_Sleep(10);
    must("drain", natsConnection_IsClosed(nc));
    done("drain");
    natsConnection_Destroy(nc);
    natsOptions_Destroy(options);
    nats_Close();
    return 0;
}
