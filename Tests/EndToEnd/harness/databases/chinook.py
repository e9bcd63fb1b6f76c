"""A shop for music: CamelCase names, NUMERIC prices, DATETIME texts, employees who report to each other."""

from harness.databases.rows import day, insert, moment, words

SCHEMA = """
CREATE TABLE Artist (ArtistId INTEGER PRIMARY KEY NOT NULL, Name NVARCHAR(120));
CREATE TABLE Album (
    AlbumId INTEGER PRIMARY KEY NOT NULL, Title NVARCHAR(160) NOT NULL,
    ArtistId INTEGER NOT NULL REFERENCES Artist (ArtistId) ON DELETE NO ACTION ON UPDATE NO ACTION
);
CREATE TABLE MediaType (MediaTypeId INTEGER PRIMARY KEY NOT NULL, Name NVARCHAR(120));
CREATE TABLE Genre (GenreId INTEGER PRIMARY KEY NOT NULL, Name NVARCHAR(120));
CREATE TABLE Track (
    TrackId INTEGER PRIMARY KEY NOT NULL, Name NVARCHAR(200) NOT NULL, AlbumId INTEGER REFERENCES Album (AlbumId),
    MediaTypeId INTEGER NOT NULL REFERENCES MediaType (MediaTypeId), GenreId INTEGER REFERENCES Genre (GenreId),
    Composer NVARCHAR(220), Milliseconds INTEGER NOT NULL, Bytes INTEGER, UnitPrice NUMERIC(10,2) NOT NULL
);
CREATE TABLE Playlist (PlaylistId INTEGER PRIMARY KEY NOT NULL, Name NVARCHAR(120));
CREATE TABLE PlaylistTrack (
    PlaylistId INTEGER NOT NULL REFERENCES Playlist (PlaylistId), TrackId INTEGER NOT NULL REFERENCES Track (TrackId),
    CONSTRAINT PK_PlaylistTrack PRIMARY KEY (PlaylistId, TrackId)
);
CREATE TABLE Employee (
    EmployeeId INTEGER PRIMARY KEY NOT NULL, LastName NVARCHAR(20) NOT NULL, FirstName NVARCHAR(20) NOT NULL,
    Title NVARCHAR(30), ReportsTo INTEGER REFERENCES Employee (EmployeeId), BirthDate DATETIME, HireDate DATETIME
);
CREATE TABLE Customer (
    CustomerId INTEGER PRIMARY KEY NOT NULL, FirstName NVARCHAR(40) NOT NULL, LastName NVARCHAR(20) NOT NULL,
    Country NVARCHAR(40), Email NVARCHAR(60) NOT NULL, SupportRepId INTEGER REFERENCES Employee (EmployeeId)
);
CREATE TABLE Invoice (
    InvoiceId INTEGER PRIMARY KEY NOT NULL, CustomerId INTEGER NOT NULL REFERENCES Customer (CustomerId) ON DELETE CASCADE,
    InvoiceDate DATETIME NOT NULL, BillingCountry NVARCHAR(40), Total NUMERIC(10,2) NOT NULL
);
CREATE TABLE InvoiceLine (
    InvoiceLineId INTEGER PRIMARY KEY NOT NULL,
    InvoiceId INTEGER NOT NULL REFERENCES Invoice (InvoiceId) ON DELETE CASCADE,
    TrackId INTEGER NOT NULL REFERENCES Track (TrackId), UnitPrice NUMERIC(10,2) NOT NULL, Quantity INTEGER NOT NULL
);
CREATE INDEX IFK_AlbumArtistId ON Album (ArtistId);
CREATE INDEX IFK_TrackAlbumId ON Track (AlbumId);
CREATE INDEX IFK_TrackGenreId ON Track (GenreId);
CREATE INDEX IFK_PlaylistTrackTrackId ON PlaylistTrack (TrackId);
CREATE INDEX IFK_InvoiceCustomerId ON Invoice (CustomerId);
CREATE INDEX IFK_InvoiceLineInvoiceId ON InvoiceLine (InvoiceId);
CREATE INDEX IFK_InvoiceLineTrackId ON InvoiceLine (TrackId);
CREATE VIEW Sales AS
    SELECT g.Name AS Genre, count(*) AS Lines, round(sum(l.UnitPrice * l.Quantity), 2) AS Revenue
    FROM InvoiceLine AS l JOIN Track AS t USING (TrackId) LEFT JOIN Genre AS g USING (GenreId) GROUP BY g.GenreId;
CREATE VIEW Catalogue AS
    SELECT t.TrackId, t.Name AS Track, a.Title AS Album, r.Name AS Artist
    FROM Track AS t JOIN Album AS a USING (AlbumId) JOIN Artist AS r USING (ArtistId);
CREATE TRIGGER InvoiceTotal AFTER INSERT ON InvoiceLine BEGIN
    UPDATE Invoice SET Total = (SELECT round(sum(UnitPrice * Quantity), 2) FROM InvoiceLine WHERE InvoiceId = new.InvoiceId)
    WHERE InvoiceId = new.InvoiceId;
END;
"""

_WORDS = "Blue Night Iron Rain Love Fire Über Café Ocean Stone Dream Señor Ghost".split()
_COUNTRIES = ["Brazil", "Canada", "Czech Republic", "Norway", "USA", None]


def fill(database, random):
    """Some five thousand rows."""
    pick = random.randint
    insert(database, "Artist", ((n, words(random, _WORDS, 2) if n % 29 else None) for n in range(1, 121)))
    insert(database, "Album", ((n, words(random, _WORDS, 3), pick(1, 110)) for n in range(1, 161)))
    insert(database, "MediaType", ((n, f"Format {n}") for n in range(1, 6)))
    insert(database, "Genre", ((n, f"{random.choice(_WORDS)} {n}") for n in range(1, 26)))
    insert(database, "Track", (
        (n, words(random, _WORDS, 2), pick(1, 160) if n % 50 else None, pick(1, 5), pick(1, 24), random.choice(["A. B. Sea", None]),
         pick(30_000, 900_000), pick(10**6, 10**10), random.choice([0.99, 1.99, 1])) for n in range(1, 901)))
    insert(database, "Playlist", ((n, random.choice(["Music", "Grunge", "90’s"])) for n in range(1, 13)))
    insert(database, "PlaylistTrack", sorted({(pick(1, 11), pick(1, 900)) for _ in range(1500)}))
    insert(database, "Employee", (
        (n, random.choice(_WORDS), random.choice(_WORDS), "Clerk", None if n == 1 else pick(1, n - 1), moment(random, 1960, 1990),
         moment(random)) for n in range(1, 9)))
    insert(database, "Customer", (
        (n, random.choice(_WORDS), random.choice(_WORDS), random.choice(_COUNTRIES), f"c{n}@example.com", pick(3, 5))
        for n in range(1, 60)))
    insert(database, "Invoice", (
        (n, pick(1, 59), f"{day(random)} 00:00:00", random.choice(_COUNTRIES), 0) for n in range(1, 413)))
    insert(database, "InvoiceLine", (
        (n, pick(1, 412), pick(1, 900), random.choice([0.99, 1.99]), pick(1, 3)) for n in range(1, 1801)))


# Windows of tables and views that follow what `changes` does, each as a query and the SQL it stands for.
WINDOWS = [
    ("Track?AlbumId=7&sort=-Milliseconds", "Track WHERE AlbumId = 7 ORDER BY Milliseconds DESC, TrackId LIMIT 100"),
    ("Track?GenreId__in=1,2&sort=Name&limit=7", "Track WHERE GenreId IN (1, 2) ORDER BY Name, TrackId LIMIT 7"),
    ("Invoice?sort=-Total&limit=10", "Invoice ORDER BY Total DESC, InvoiceId LIMIT 10"),
    ("Invoice?Total__gt=10.5&sort=InvoiceDate&limit=5", "Invoice WHERE Total > 10.5 ORDER BY InvoiceDate, InvoiceId LIMIT 5"),
    ("PlaylistTrack?TrackId__lt=20", "PlaylistTrack WHERE TrackId < 20 ORDER BY PlaylistId, TrackId LIMIT 100"),
    ("Employee.1.Employee", "Employee WHERE ReportsTo = 1 ORDER BY EmployeeId LIMIT 100"),
    ("Customer?Country__isnull=true", "Customer WHERE Country IS NULL ORDER BY CustomerId LIMIT 100"),
    ("Sales?sort=-Revenue,Genre&limit=5", "Sales ORDER BY Revenue DESC, Genre LIMIT 5"),
    ("Catalogue?Artist__startswith=Blue&sort=TrackId&limit=20", "Catalogue WHERE Artist LIKE 'Blue%' ORDER BY TrackId LIMIT 20"),
]

# Ways to write: `method path body` for the API, and SQL for the shell; {n} is a number from the seed.
WRITES = [
    ("PATCH", "Track/{n:900}", {"AlbumId": 7, "Milliseconds": 1}),
    ("PATCH", "Track/{n:900}", {"Name": "Aaa", "GenreId": 1}),
    ("POST", "InvoiceLine", {"InvoiceId": 5, "TrackId": 9, "UnitPrice": 9.99, "Quantity": 4}),
    ("DELETE", "Customer/{n:59}", None),
    ("PATCH", "Employee/{n:8}", {"ReportsTo": 1}),
    ("PATCH", "Artist/{n:110}", {"Name": "Blue Blue"}),
    ("PUT", "PlaylistTrack/12,{n:900}", {}),
    ("DELETE", "PlaylistTrack/12,{n:900}", None),
]
SCRIPTS = [
    "UPDATE Track SET Milliseconds = Milliseconds + 1 WHERE AlbumId = 7;",
    "DELETE FROM Invoice WHERE InvoiceId = {n:412};",
    "INSERT INTO InvoiceLine (InvoiceId, TrackId, UnitPrice, Quantity) SELECT InvoiceId, 4, 30, 1 FROM Invoice LIMIT 3;",
    "UPDATE Artist SET Name = 'Blue Shell' WHERE ArtistId % 7 = {n:7} - 1;",
    "UPDATE Employee SET ReportsTo = NULL WHERE EmployeeId = {n:8};",
    "REPLACE INTO PlaylistTrack VALUES (12, {n:900});",
]
