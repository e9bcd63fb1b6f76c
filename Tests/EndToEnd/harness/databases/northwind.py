"""A trader: names with spaces, keys of letters, pictures as BLOBs, an order's lines under a composite key, stacked views."""

from harness.databases.rows import day, insert, words

SCHEMA = """
CREATE TABLE Categories (CategoryID INTEGER PRIMARY KEY AUTOINCREMENT, CategoryName TEXT NOT NULL, Description TEXT, Picture BLOB);
CREATE TABLE Suppliers (SupplierID INTEGER PRIMARY KEY AUTOINCREMENT, CompanyName TEXT NOT NULL, Country TEXT, HomePage TEXT);
CREATE TABLE Products (
    ProductID INTEGER PRIMARY KEY AUTOINCREMENT, ProductName TEXT NOT NULL, SupplierID INTEGER REFERENCES Suppliers,
    CategoryID INTEGER REFERENCES Categories, QuantityPerUnit TEXT, UnitPrice NUMERIC DEFAULT 0 CHECK (UnitPrice >= 0),
    UnitsInStock INTEGER DEFAULT 0, Discontinued BOOLEAN NOT NULL DEFAULT 0
);
CREATE TABLE Region (RegionID INTEGER NOT NULL PRIMARY KEY, RegionDescription TEXT NOT NULL);
CREATE TABLE Territories (
    TerritoryID TEXT NOT NULL PRIMARY KEY, TerritoryDescription TEXT NOT NULL, RegionID INTEGER NOT NULL REFERENCES Region
);
CREATE TABLE Employees (
    EmployeeID INTEGER PRIMARY KEY AUTOINCREMENT, LastName TEXT, FirstName TEXT, BirthDate DATE, Photo BLOB,
    ReportsTo INTEGER REFERENCES Employees
);
CREATE TABLE EmployeeTerritories (
    EmployeeID INTEGER NOT NULL REFERENCES Employees ON DELETE CASCADE, TerritoryID TEXT NOT NULL REFERENCES Territories,
    PRIMARY KEY (EmployeeID, TerritoryID)
) WITHOUT ROWID;
CREATE TABLE Customers (CustomerID TEXT PRIMARY KEY, CompanyName TEXT, "Contact Name" TEXT, Country TEXT);
CREATE TABLE Shippers (ShipperID INTEGER PRIMARY KEY AUTOINCREMENT, CompanyName TEXT NOT NULL, Phone TEXT);
CREATE TABLE Orders (
    OrderID INTEGER PRIMARY KEY AUTOINCREMENT, CustomerID TEXT REFERENCES Customers ON UPDATE CASCADE,
    EmployeeID INTEGER REFERENCES Employees ON DELETE SET NULL, OrderDate DATETIME, ShippedDate DATETIME,
    ShipVia INTEGER REFERENCES Shippers (ShipperID), Freight NUMERIC DEFAULT 0
);
CREATE TABLE "Order Details" (
    OrderID INTEGER NOT NULL REFERENCES Orders ON DELETE CASCADE, ProductID INTEGER NOT NULL REFERENCES Products,
    UnitPrice NUMERIC NOT NULL DEFAULT 0, Quantity INTEGER NOT NULL DEFAULT 1, Discount REAL NOT NULL DEFAULT 0,
    "Line Total" AS (UnitPrice * Quantity * (1 - Discount)) STORED,
    PRIMARY KEY (OrderID, ProductID), CHECK (Discount >= 0 AND Discount <= 1)
);
CREATE TABLE "Price History" (ProductID INTEGER, "Old Price" NUMERIC, "New Price" NUMERIC);
CREATE INDEX ProductsOfCategory ON Products (CategoryID);
CREATE INDEX OrdersOfCustomer ON Orders (CustomerID);
CREATE INDEX LinesOfProduct ON "Order Details" (ProductID);
CREATE VIEW "Order Subtotals" AS
    SELECT OrderID, round(sum("Line Total"), 2) AS Subtotal, count(*) AS "Lines" FROM "Order Details" GROUP BY OrderID;
CREATE VIEW "Products Above Average Price" AS
    SELECT ProductName, UnitPrice FROM Products WHERE UnitPrice > (SELECT avg(UnitPrice) FROM Products);
CREATE VIEW "Current Product List" AS SELECT ProductID, ProductName FROM Products WHERE Discontinued = 0;
CREATE VIEW "Orders Qry" AS
    SELECT o.OrderID, o.OrderDate, c.CompanyName AS Customer, e.LastName AS Employee, s."Subtotal" AS "Sub Total"
    FROM Orders AS o LEFT JOIN Customers AS c USING (CustomerID) LEFT JOIN Employees AS e USING (EmployeeID)
    LEFT JOIN "Order Subtotals" AS s USING (OrderID);
CREATE VIEW "Sales by Category" AS
    SELECT c.CategoryName AS Category, round(sum(d."Line Total"), 2) AS Sales
    FROM Categories AS c JOIN Products AS p USING (CategoryID) JOIN "Order Details" AS d USING (ProductID) GROUP BY c.CategoryID;
CREATE TRIGGER "Keep Prices" AFTER UPDATE OF UnitPrice ON Products WHEN old.UnitPrice IS NOT new.UnitPrice BEGIN
    INSERT INTO "Price History" VALUES (new.ProductID, old.UnitPrice, new.UnitPrice);
END;
CREATE TRIGGER "Take From Stock" AFTER INSERT ON "Order Details" BEGIN
    UPDATE Products SET UnitsInStock = UnitsInStock - new.Quantity WHERE ProductID = new.ProductID;
END;
"""

_WORDS = "Chai Queso Gründ Pâté Sauce Côte Syrup Tofu Lager Chef’s & Sons Bros.".split()
_CUSTOMERS = [f"{a}{b}{c}KI" for a in "ABCD" for b in "LMN" for c in "FQRS"]


def fill(database, random):
    """Some three thousand rows."""
    pick = random.randint
    insert(database, "Categories", (
        (n, f"{random.choice(_WORDS)} {n}", None, random.randbytes(2000 if n % 2 else 40)) for n in range(1, 9)))
    insert(database, "Suppliers", ((n, words(random, _WORDS, 2), random.choice(["UK", "Japan"]), None) for n in range(1, 30)))
    insert(database, "Products", (
        (n, f"{words(random, _WORDS, 2)} {n}", pick(1, 29), pick(1, 8), "10 boxes", round(random.uniform(2, 60), 2), pick(0, 500), n % 9 == 0)
        for n in range(1, 78)))
    insert(database, "Region", ((n, f"Region {n}") for n in range(1, 5)))
    insert(database, "Territories", ((f"{n:05}", f"Territory {n}", pick(1, 4)) for n in range(1581, 1634)))
    insert(database, "Employees", (
        (n, random.choice(_WORDS), random.choice(_WORDS), day(random, 1950, 1980), random.randbytes(1024 + n % 2), None if n == 2 else 2)
        for n in range(1, 10)))
    insert(database, "EmployeeTerritories", sorted({(pick(1, 9), f"{pick(1581, 1633):05}") for _ in range(60)}))
    insert(database, "Customers", ((key, words(random, _WORDS, 2), None, random.choice(["UK", "Perú"])) for key in _CUSTOMERS))
    insert(database, "Shippers", ((n, f"Shipper {n}", f"(503) 555-{n:04}") for n in range(1, 4)))
    insert(database, "Orders", (
        (n, random.choice(_CUSTOMERS), pick(1, 9), day(random), day(random) if n % 6 else None, pick(1, 3), round(random.uniform(0, 99), 2))
        for n in range(10248, 10848)))
    lines = sorted({(pick(10248, 10847), pick(1, 77)) for _ in range(1800)})
    database.executemany(
        'INSERT INTO "Order Details" (OrderID, ProductID, UnitPrice, Quantity, Discount) VALUES (?, ?, ?, ?, ?)',
        ((*line, round(random.uniform(2, 60), 2), pick(1, 40), random.choice([0, 0, 0.05, 0.25])) for line in lines))


WINDOWS = [
    ("Order~20Details?OrderID=10300", '"Order Details" WHERE OrderID = 10300 ORDER BY OrderID, ProductID LIMIT 100'),
    ("Order~20Details?sort=-Line%20Total&limit=8", '"Order Details" ORDER BY "Line Total" DESC, OrderID, ProductID LIMIT 8'),
    ("Products?Discontinued=false&sort=UnitsInStock&limit=10",
     "Products WHERE Discontinued = 0 ORDER BY UnitsInStock, ProductID LIMIT 10"),
    ("Customers?Country=Per%C3%BA&sort=-CompanyName&limit=9",
     "Customers WHERE Country = 'Perú' ORDER BY CompanyName DESC, CustomerID LIMIT 9"),
    ("Orders?ShippedDate__isnull=true&sort=-OrderID&limit=6",
     "Orders WHERE ShippedDate IS NULL ORDER BY OrderID DESC LIMIT 6"),
    ("Orders?EmployeeID__isnull=true", "Orders WHERE EmployeeID IS NULL ORDER BY OrderID LIMIT 100"),
    ("Price~20History?limit=200", '"Price History" ORDER BY rowid LIMIT 200'),
    ("EmployeeTerritories?EmployeeID__gte=5", "EmployeeTerritories WHERE EmployeeID >= 5 ORDER BY EmployeeID, TerritoryID LIMIT 100"),
    ("Products~20Above~20Average~20Price?sort=-UnitPrice,ProductName&limit=10",
     '"Products Above Average Price" ORDER BY UnitPrice DESC, ProductName LIMIT 10'),
    ("Orders~20Qry?sort=-Sub%20Total,OrderID&limit=5", '"Orders Qry" ORDER BY "Sub Total" DESC, OrderID LIMIT 5'),
    ("Sales~20by~20Category?sort=Category", '"Sales by Category" ORDER BY Category LIMIT 100'),
    ("Current~20Product~20List?ProductID__lt=30&sort=ProductID",
     '"Current Product List" WHERE ProductID < 30 ORDER BY ProductID LIMIT 100'),
]
WRITES = [
    ("POST", "Order~20Details", {"OrderID": 10300, "ProductID": "{n:77}", "UnitPrice": 50, "Quantity": 40}),
    ("PATCH", "Order~20Details/10300,{n:77}", {"Quantity": 2, "Discount": 0.5}),
    ("PATCH", "Products/{n:77}", {"UnitPrice": "{n:90}", "Discontinued": True}),
    ("PATCH", "Products/{n:77}", {"Discontinued": False, "UnitsInStock": "{n:40}"}),
    ("DELETE", "Orders/{o:600}", None),
    ("DELETE", "Employees/{n:9}", None),
    ("PATCH", "Customers/ALFKI", {"CompanyName": "Zz {n:9}", "Country": "Perú"}),
    ("PATCH", "Orders/{o:600}", {"ShippedDate": None, "Freight": 0.1}),
    ("PATCH", "Categories/{n:8}", {"CategoryName": "Aa {n:99}"}),
]
SCRIPTS = [
    "UPDATE Products SET UnitPrice = round(UnitPrice * 1.1, 2) WHERE ProductID % 11 = {n:11} - 1;",
    "UPDATE Customers SET CustomerID = 'ALFKI2' WHERE CustomerID = 'ALFKI';",
    "UPDATE Customers SET CustomerID = 'ALFKI' WHERE CustomerID = 'ALFKI2';",
    "DELETE FROM Orders WHERE OrderID % 101 = {n:101} - 1;",
    "DELETE FROM EmployeeTerritories WHERE EmployeeID = {n:9};",
    'UPDATE "Order Details" SET Quantity = Quantity + 1 WHERE ProductID = {n:77};',
    "DELETE FROM \"Price History\" WHERE ProductID = {n:77};",
]
