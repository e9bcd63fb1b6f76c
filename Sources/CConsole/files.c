#include "CConsole.h"

static const unsigned char index_html[] = {
#embed "page/index.html"
};
static const unsigned char resclient_mjs[] = {
#embed "page/resclient.mjs"
};
static const unsigned char console_css[] = {
#embed "page/console.css"
};
static const unsigned char icon_svg[] = {
#embed "page/icon.svg"
};
static const unsigned char app_mjs[] = {
#embed "page/app.mjs"
};
static const unsigned char address_mjs[] = {
#embed "page/address.mjs"
};
static const unsigned char live_mjs[] = {
#embed "page/live.mjs"
};
static const unsigned char values_mjs[] = {
#embed "page/values.mjs"
};
static const unsigned char cell_mjs[] = {
#embed "page/cell.mjs"
};
static const unsigned char grid_mjs[] = {
#embed "page/grid.mjs"
};
static const unsigned char row_mjs[] = {
#embed "page/row.mjs"
};
static const unsigned char explorer_mjs[] = {
#embed "page/explorer.mjs"
};
static const unsigned char filters_mjs[] = {
#embed "page/filters.mjs"
};
static const unsigned char dialogs_mjs[] = {
#embed "page/dialogs.mjs"
};
static const unsigned char snippets_mjs[] = {
#embed "page/snippets.mjs"
};
static const unsigned char format_mjs[] = {
#embed "page/format.mjs"
};
static const unsigned char parts_mjs[] = {
#embed "page/parts.mjs"
};
static const unsigned char wire_mjs[] = {
#embed "page/wire.mjs"
};
static const unsigned char bus_mjs[] = {
#embed "page/bus.mjs"
};
static const unsigned char connections_mjs[] = {
#embed "page/connections.mjs"
};
static const unsigned char sql_mjs[] = {
#embed "page/sql.mjs"
};
static const unsigned char schema_mjs[] = {
#embed "page/schema.mjs"
};
static const unsigned char transfer_mjs[] = {
#embed "page/transfer.mjs"
};
static const unsigned char chaos_mjs[] = {
#embed "page/chaos.mjs"
};
static const unsigned char api_mjs[] = {
#embed "page/api.mjs"
};
static const unsigned char session_mjs[] = {
#embed "page/session.mjs"
};
static const unsigned char generic_mjs[] = {
#embed "page/generic.mjs"
};
static const unsigned char reload_mjs[] = {
#embed "page/reload.mjs"
};
static const unsigned char preact_htm_mjs[] = {
#embed "page/preact-htm.mjs"
};
static const unsigned char preact_LICENSE_txt[] = {
#embed "page/preact.LICENSE.txt"
};
static const unsigned char htm_LICENSE_txt[] = {
#embed "page/htm.LICENSE.txt"
};

static const struct console_file files[] = {
    {"/", index_html, sizeof index_html},
    {"/resclient.mjs", resclient_mjs, sizeof resclient_mjs},
    {"/console/console.css", console_css, sizeof console_css},
    {"/console/icon.svg", icon_svg, sizeof icon_svg},
    {"/console/app.mjs", app_mjs, sizeof app_mjs},
    {"/console/address.mjs", address_mjs, sizeof address_mjs},
    {"/console/live.mjs", live_mjs, sizeof live_mjs},
    {"/console/values.mjs", values_mjs, sizeof values_mjs},
    {"/console/cell.mjs", cell_mjs, sizeof cell_mjs},
    {"/console/grid.mjs", grid_mjs, sizeof grid_mjs},
    {"/console/row.mjs", row_mjs, sizeof row_mjs},
    {"/console/explorer.mjs", explorer_mjs, sizeof explorer_mjs},
    {"/console/filters.mjs", filters_mjs, sizeof filters_mjs},
    {"/console/dialogs.mjs", dialogs_mjs, sizeof dialogs_mjs},
    {"/console/snippets.mjs", snippets_mjs, sizeof snippets_mjs},
    {"/console/format.mjs", format_mjs, sizeof format_mjs},
    {"/console/parts.mjs", parts_mjs, sizeof parts_mjs},
    {"/console/wire.mjs", wire_mjs, sizeof wire_mjs},
    {"/console/bus.mjs", bus_mjs, sizeof bus_mjs},
    {"/console/connections.mjs", connections_mjs, sizeof connections_mjs},
    {"/console/sql.mjs", sql_mjs, sizeof sql_mjs},
    {"/console/schema.mjs", schema_mjs, sizeof schema_mjs},
    {"/console/transfer.mjs", transfer_mjs, sizeof transfer_mjs},
    {"/console/chaos.mjs", chaos_mjs, sizeof chaos_mjs},
    {"/console/api.mjs", api_mjs, sizeof api_mjs},
    {"/console/session.mjs", session_mjs, sizeof session_mjs},
    {"/console/generic.mjs", generic_mjs, sizeof generic_mjs},
    {"/console/reload.mjs", reload_mjs, sizeof reload_mjs},
    {"/console/preact-htm.mjs", preact_htm_mjs, sizeof preact_htm_mjs},
    {"/console/preact.LICENSE.txt", preact_LICENSE_txt, sizeof preact_LICENSE_txt},
    {"/console/htm.LICENSE.txt", htm_LICENSE_txt, sizeof htm_LICENSE_txt},
};

enum { count = sizeof files / sizeof *files };

size_t console_file_count(void) { return count; }

const struct console_file *console_file_at(size_t index) {
    return index < count ? &files[index] : NULL;
}
