-- Names that are legal in SQLite and awkward in programs, URLs and documents.
CREATE TABLE "class" ("self" INTEGER PRIMARY KEY, "Type" TEXT NOT NULL, "init" BLOB, "true" BOOLEAN, "a b" TEXT, "a-b" TEXT, "a_b" TEXT, "$x" TEXT, "1st" INTEGER NOT NULL, "naïve" TEXT, "数" TEXT, "🙂" JSON, "it's" TEXT, "say ""hi""" TEXT, "back\slash" TEXT, "new
line" TEXT, "*/ end" TEXT, "constructor" TEXT, "__proto__" TEXT, "" TEXT, "CodingKeys" TEXT, "hashValue" INTEGER, "description" TEXT, "gen" INTEGER GENERATED ALWAYS AS ("1st" * 2) STORED);
CREATE TABLE "Link" (id INTEGER PRIMARY KEY, "class_id" INTEGER REFERENCES "class"("self"), "Self" INTEGER);
CREATE TABLE "JSONValue" (a TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE "Ref" (x); CREATE TABLE "Data" (x REAL); CREATE TABLE "Json" (x); CREATE TABLE "Blob" (x BLOB); CREATE TABLE "Resources" (x);
CREATE TABLE "String" (x TEXT); CREATE TABLE "Int64" (x INTEGER NOT NULL); CREATE TABLE "Double"(x REAL); CREATE TABLE "Bool"(x BOOLEAN);
CREATE TABLE "Codable" (x); CREATE TABLE "Hashable" (x); CREATE TABLE "Sendable" (x); CREATE TABLE "CodingKey"(x); CREATE TABLE "Optional" (x INTEGER); CREATE TABLE "Array"(x);
CREATE TABLE "Any"(x); CREATE TABLE "Type"(x); CREATE TABLE "Protocol"(x);
CREATE TABLE "order lines */" (id INTEGER PRIMARY KEY, note TEXT);
CREATE TABLE "Таблица" (id INTEGER PRIMARY KEY, "имя" TEXT);
CREATE TABLE "表" (id INTEGER PRIMARY KEY);
CREATE TABLE "number" (x); CREATE TABLE "boolean" (x); CREATE TABLE "new class" (x); CREATE TABLE "interface" (x TEXT);
CREATE TABLE "NewClass" (x);
CREATE TABLE "line
break" (x);
CREATE VIEW "view of `class`" AS SELECT "Type", count(*) AS "how many?" FROM "class" GROUP BY 1;
CREATE TABLE "Decoder"(x); CREATE TABLE "Encoder"(x); CREATE TABLE "Date"(x); CREATE TABLE "Record"(x);
CREATE TABLE "empty" ("id" INTEGER);
INSERT INTO "class" ("self", "Type", "true", "1st", "hashValue", "🙂") VALUES (1, 'A', TRUE, 9007199254740993, -9223372036854775807, '{"a":[1,"two",null]}');
INSERT INTO "Link" (id, class_id, "Self") VALUES (7, 1, 8);
CREATE TABLE "batch" (id INTEGER PRIMARY KEY, amount REAL);
CREATE TABLE "Link:class_id" (id INTEGER PRIMARY KEY);
CREATE TABLE "class link" (id INTEGER PRIMARY KEY);
CREATE TABLE "increment" (id INTEGER PRIMARY KEY, batch_id INTEGER NOT NULL REFERENCES "batch" (id));
