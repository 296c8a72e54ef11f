import Testing

@testable import Postgres

@Suite struct SQLSplitterTests {
    static let cases: [(String, [String])] = [
        ("", []),
        (" ; ;; -- only a comment;\n", []),
        ("select 1", ["select 1"]),
        ("select 1; select 2;", ["select 1", "select 2"]),
        ("select ';'; select 'it''s;'", ["select ';'", "select 'it''s;'"]),
        (#"select E'\';'; select 'a\'; select 1"#, [#"select E'\';'"#, #"select 'a\'"#, "select 1"]),
        (#"select note'\';'"#, [#"select note'\'"#, "'"]),
        (#"select "a;""b"; x"#, [#"select "a;""b""#, "x"]),
        ("do $$ begin; end $$; x", ["do $$ begin; end $$", "x"]),
        ("do $a$ $$;$b$; $a$; x", ["do $a$ $$;$b$; $a$", "x"]),
        ("select $1; select a$b$; x", ["select $1", "select a$b$", "x"]),
        ("select $é$;$é$; x", ["select $é$;$é$", "x"]),
        ("/* a; /* b; */ c; */ select 1; -- d;\nselect 2", ["select 1", "select 2"]),
        ("select 1 -- a;\n, 2 /* ; */ ; x", ["select 1 -- a;\n, 2", "x"]),
        ("select 'open; select 2", ["select 'open; select 2"]),
        ("do $x$ open; select 2", ["do $x$ open; select 2"]),
        ("select 1 /", ["select 1 /"]),
        ("select 1 $", ["select 1 $"]),
    ]

    @Test(arguments: cases.indices)
    func `statements end at semicolons outside quotes and comments`(index: Int) {
        let (sql, expected) = Self.cases[index]
        #expect(SQLSplitter.split(sql).map(\.text) == expected)
    }

    @Test func `lines are counted from one`() {
        #expect(SQLSplitter.split("-- no-tx\n\nselect\n1;\n  select 2").map(\.line) == [3, 5])
    }
}
