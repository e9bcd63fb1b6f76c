"""`resdev types`: what it writes is checked by the compilers of its languages, and reads what a server sends."""

import asyncio
import json
import shutil

import pytest

from harness.process import LIBRARY, ROOT, run

ODD_NAMES = ROOT / "Tests/EndToEnd/harness/odd_names.sql"


async def compiled(*command, cwd, stdin=b""):
    """Runs a program that must be there, and what it writes; fails with its complaints."""
    assert shutil.which(command[0]), f"{command[0]} is not installed: scripts/test installs what the tests need"
    process = await asyncio.create_subprocess_exec(
        *map(str, command), cwd=cwd, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate(stdin)
    assert process.returncode == 0, output.decode()
    return output.decode()


async def types(source, language, path):
    ended = await run("types", source, "--lang", language)
    assert ended.code == 0, ended.stderr
    path.write_text(ended.stdout)


def tsc(*files, cwd):
    return compiled("tsc", "--strict", "--noEmit", "--target", "es2020", "--noUnusedLocals", *files, cwd=cwd)


@pytest.mark.parametrize("source", [LIBRARY, ODD_NAMES, ROOT / "sample-data/stations.csv"], ids=lambda path: path.stem)
async def test_TypeScript_takes_the_types_in_strict_mode(tmp_path, source):
    await types(source, "ts", tmp_path / "types.ts")
    await tsc("types.ts", cwd=tmp_path)


@pytest.mark.parametrize("source", [LIBRARY, ODD_NAMES, ROOT / "sample-data/stations.csv"], ids=lambda path: path.stem)
async def test_Swift_takes_the_types_without_a_warning(tmp_path, source):
    await types(source, "swift", tmp_path / "Types.swift")
    await compiled("swiftc", "-typecheck", "-swift-version", "6", "-warnings-as-errors", "Types.swift", cwd=tmp_path)


async def test_a_program_in_TypeScript_is_held_to_the_schema(tmp_path):
    await types(LIBRARY, "ts", tmp_path / "library.ts")
    (tmp_path / "app.ts").write_text("""
        import type { Books, NewAuthors, Resources } from "./library";
        export const author: NewAuthors = { name: "Ann Leckie", born: 1966, country: "United States" };
        export function lines(books: Resources["library.books"]): string[] {
          return books.map(book => `${book.title.toUpperCase()} ${book.year.toFixed()} ${book.author?.rid ?? ""}`);
        }
        export function decade(book: Books): number { return book.decade ?? book.year; }
        // @ts-expect-error: born is missing
        export const unborn: NewAuthors = { name: "Nobody", country: "Utopia" };
        // @ts-expect-error: a title is a text
        export const titleless: Partial<Books> = { title: null };
        // @ts-expect-error: computed by the database
        export function change(book: Books) { book.decade = 1; }
    """)
    await tsc("app.ts", cwd=tmp_path)


PROGRAM = """
import Foundation

struct Element<Row: Decodable>: Decodable { let model: Row }
func rows<Row: Decodable>(_ line: String) throws -> [Row] {
    try JSONDecoder().decode([Element<Row>].self, from: Data(line.utf8)).map(\\.model)
}
let classes: [Class] = try rows(readLine()!)
let links: [LinkRow] = try rows(readLine()!)
let first = classes[0]
print(first.selfValue, first.type, first.true!, first.v1st, first.gen!, first.hashValueValue!)
print(first.value! == .object(["a": .array([.number(1), .string("two"), .null])]), first.description == nil)
print(links[0].id, links[0].selfValue!, links[0].class!.href)
"""


async def test_a_program_in_Swift_reads_what_the_server_sends(start, tmp_path):
    server = await start("serve", ODD_NAMES)
    answers = [await server.http.get(f"/api/odd_names/{table}") for table in ("class", "Link")]
    await types(ODD_NAMES, "swift", tmp_path / "Types.swift")
    (tmp_path / "main.swift").write_text(PROGRAM)
    await compiled(
        "swiftc", "-swift-version", "6", "-warnings-as-errors", "main.swift", "Types.swift", "-o", "program", cwd=tmp_path,
    )
    lines = "\n".join(json.dumps(answer.json()) for answer in answers) + "\n"
    assert await compiled(tmp_path / "program", cwd=tmp_path, stdin=lines.encode()) == (
        "1 A true 9007199254740993 18014398509481986 -9223372036854775807\n"
        "true true\n"
        "7 8 /api/odd_names/class/1\n"
    )
