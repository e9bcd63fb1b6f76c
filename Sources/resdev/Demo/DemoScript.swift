extension DirectoryDatabase {
    /// What a new database begins with: lists, their tasks, and a view of both, enough to see references both ways, a
    /// live view and a rule that is kept.
    static let demo = """
        CREATE TABLE lists (
            id    INTEGER PRIMARY KEY,
            name  TEXT NOT NULL UNIQUE CHECK (name <> ''),
            color TEXT NOT NULL DEFAULT '#3b82f6'
        );
        CREATE TABLE tasks (
            id      INTEGER PRIMARY KEY,
            list_id INTEGER NOT NULL REFERENCES lists (id) ON DELETE CASCADE,
            title   TEXT NOT NULL CHECK (title <> ''),
            done    BOOLEAN NOT NULL DEFAULT FALSE CHECK (done IN (FALSE, TRUE)),
            due     DATE
        );
        CREATE INDEX tasks_by_list ON tasks (list_id);
        CREATE VIEW progress AS
            SELECT lists.id, lists.name, count(tasks.id) AS tasks, count(tasks.id) FILTER (WHERE tasks.done) AS done
            FROM lists LEFT JOIN tasks ON tasks.list_id = lists.id
            GROUP BY lists.id;
        INSERT INTO lists (id, name, color) VALUES
            (1, 'First steps', '#3b82f6'),
            (2, 'Groceries', '#16a34a'),
            (3, 'Some day', '#9333ea');
        INSERT INTO tasks (list_id, title, done, due) VALUES
            (1, 'Start resdev', TRUE, NULL),
            (1, 'Open the page in two windows and edit a cell', FALSE, NULL),
            (1, 'Change a row with curl and watch it change', FALSE, NULL),
            (1, 'Write to dev.db with the sqlite3 shell', FALSE, NULL),
            (1, 'Replace all this by a schema of your own', FALSE, NULL),
            (2, 'Bread', FALSE, '2030-01-05'),
            (2, 'Apples', FALSE, '2030-01-05'),
            (2, 'Coffee', TRUE, '2030-01-04'),
            (3, 'Learn to play the cello', FALSE, NULL);
        """
}
