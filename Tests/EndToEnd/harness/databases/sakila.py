"""A film rental: two keys to one table, shops and their managers who refer to each other, full text, moments kept by triggers."""

from harness.databases.rows import insert, moment, words

SCHEMA = """
CREATE TABLE actor (
    actor_id INTEGER PRIMARY KEY, first_name VARCHAR(45) NOT NULL, last_name VARCHAR(45) NOT NULL,
    last_update TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE TABLE country (country_id SMALLINT NOT NULL PRIMARY KEY, country VARCHAR(50) NOT NULL);
CREATE TABLE city (
    city_id INTEGER NOT NULL PRIMARY KEY, city VARCHAR(50) NOT NULL,
    country_id SMALLINT NOT NULL REFERENCES country (country_id) ON UPDATE CASCADE
);
CREATE TABLE address (
    address_id INTEGER PRIMARY KEY, address VARCHAR(50) NOT NULL, district VARCHAR(20), postal_code VARCHAR(10),
    city_id INT NOT NULL REFERENCES city (city_id) ON UPDATE CASCADE
);
CREATE TABLE language (language_id INTEGER PRIMARY KEY, name CHAR(20) NOT NULL);
CREATE TABLE category (category_id INTEGER PRIMARY KEY, name VARCHAR(25) NOT NULL);
CREATE TABLE film (
    film_id INTEGER PRIMARY KEY, title VARCHAR(255) NOT NULL, description BLOB SUB_TYPE TEXT, release_year VARCHAR(4),
    language_id SMALLINT NOT NULL REFERENCES language (language_id),
    original_language_id SMALLINT REFERENCES language (language_id),
    rental_rate DECIMAL(4,2) DEFAULT 4.99 NOT NULL, length SMALLINT, rating VARCHAR(10) DEFAULT 'G',
    special_features JSON, last_update TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "long" AS (length > 120) VIRTUAL,
    CHECK (rating IN ('G', 'PG', 'PG-13', 'R', 'NC-17'))
);
CREATE TABLE film_actor (
    actor_id INT NOT NULL REFERENCES actor ON DELETE CASCADE, film_id INT NOT NULL REFERENCES film ON DELETE CASCADE,
    PRIMARY KEY (actor_id, film_id)
);
CREATE TABLE film_category (
    film_id INT NOT NULL REFERENCES film ON DELETE CASCADE, category_id SMALLINT NOT NULL REFERENCES category,
    PRIMARY KEY (film_id, category_id)
) WITHOUT ROWID;
CREATE VIRTUAL TABLE film_text USING fts5(title, description, content='film', content_rowid='film_id');
CREATE TABLE staff (
    staff_id INTEGER PRIMARY KEY, first_name VARCHAR(45) NOT NULL, picture BLOB,
    address_id INT NOT NULL REFERENCES address, store_id INT NOT NULL REFERENCES store DEFERRABLE INITIALLY DEFERRED,
    active BOOLEAN NOT NULL DEFAULT 1, username VARCHAR(16) NOT NULL UNIQUE COLLATE NOCASE
);
CREATE TABLE store (
    store_id INTEGER PRIMARY KEY, manager_staff_id SMALLINT NOT NULL REFERENCES staff (staff_id) DEFERRABLE INITIALLY DEFERRED,
    address_id INT NOT NULL REFERENCES address
);
CREATE TABLE customer (
    customer_id INTEGER PRIMARY KEY, store_id INT NOT NULL REFERENCES store, first_name VARCHAR(45) NOT NULL,
    last_name VARCHAR(45) NOT NULL, email VARCHAR(50), address_id INT NOT NULL REFERENCES address,
    active CHAR(1) NOT NULL DEFAULT 'Y', create_date TIMESTAMP NOT NULL
);
CREATE TABLE inventory (
    inventory_id INTEGER PRIMARY KEY, film_id INT NOT NULL REFERENCES film ON DELETE CASCADE, store_id INT NOT NULL REFERENCES store
);
CREATE TABLE rental (
    rental_id INTEGER PRIMARY KEY, rental_date TIMESTAMP NOT NULL, inventory_id INT NOT NULL REFERENCES inventory ON DELETE CASCADE,
    customer_id INT NOT NULL REFERENCES customer, return_date TIMESTAMP, staff_id SMALLINT NOT NULL REFERENCES staff,
    UNIQUE (rental_date, inventory_id, customer_id)
);
CREATE TABLE payment (
    payment_id INTEGER PRIMARY KEY, customer_id INT NOT NULL REFERENCES customer, staff_id SMALLINT NOT NULL REFERENCES staff,
    rental_id INT REFERENCES rental ON DELETE SET NULL, amount DECIMAL(5,2) NOT NULL, payment_date TIMESTAMP NOT NULL
);
CREATE INDEX idx_fk_film_language ON film (language_id);
CREATE INDEX idx_actor_last_name ON actor (last_name);
CREATE INDEX idx_rental_inventory ON rental (inventory_id);
CREATE INDEX idx_payment_rental ON payment (rental_id);
CREATE INDEX idx_inventory_film ON inventory (film_id);
CREATE TRIGGER film_ai AFTER INSERT ON film BEGIN
    INSERT INTO film_text (rowid, title, description) VALUES (new.film_id, new.title, new.description);
END;
CREATE TRIGGER film_ad AFTER DELETE ON film BEGIN
    INSERT INTO film_text (film_text, rowid, title, description) VALUES ('delete', old.film_id, old.title, old.description);
END;
CREATE TRIGGER film_au AFTER UPDATE OF title, description ON film BEGIN
    INSERT INTO film_text (film_text, rowid, title, description) VALUES ('delete', old.film_id, old.title, old.description);
    INSERT INTO film_text (rowid, title, description) VALUES (new.film_id, new.title, new.description);
END;
CREATE TRIGGER actor_moment AFTER UPDATE OF first_name, last_name ON actor BEGIN
    UPDATE actor SET last_update = '2030-01-01 00:00:00' WHERE actor_id = new.actor_id;
END;
CREATE VIEW customer_list AS
    SELECT cu.customer_id AS ID, cu.first_name || ' ' || cu.last_name AS name, a.postal_code AS "zip code", ci.city, co.country,
           CASE WHEN cu.active = 'Y' THEN 'active' ELSE '' END AS notes, cu.store_id AS SID
    FROM customer AS cu JOIN address AS a USING (address_id) JOIN city AS ci USING (city_id) JOIN country AS co USING (country_id);
CREATE VIEW film_list AS
    SELECT film.film_id AS FID, film.title, category.name AS category, film.rental_rate AS price,
           (SELECT group_concat(n) FROM (SELECT last_name AS n FROM film_actor JOIN actor USING (actor_id)
            WHERE film_actor.film_id = film.film_id ORDER BY actor_id)) AS actors
    FROM film LEFT JOIN film_category USING (film_id) LEFT JOIN category USING (category_id);
CREATE VIEW sales_by_film_category AS
    SELECT c.name AS category, round(sum(p.amount), 2) AS total_sales FROM payment AS p JOIN rental AS r USING (rental_id)
    JOIN inventory AS i USING (inventory_id) JOIN film_category AS fc USING (film_id) JOIN category AS c USING (category_id)
    GROUP BY c.name;
"""

_WORDS = "ACADEMY DINOSAUR ACE GOLDFINGER AFFAIR EGG AGENT TRUMAN ALIEN CENTER BRIDE ÉCLAIR".split()


def fill(database, random):
    """Some four thousand rows."""
    pick = random.randint
    insert(database, "actor", ((n, random.choice(_WORDS), random.choice(_WORDS), moment(random)) for n in range(1, 101)))
    insert(database, "country", ((n, f"Country {n}") for n in range(1, 21)))
    insert(database, "city", ((n, f"City {n}", pick(1, 20)) for n in range(1, 101)))
    insert(database, "address", ((n, f"{n} Lane", None, f"{pick(1, 99999):05}", pick(1, 100)) for n in range(1, 201)))
    insert(database, "language", ((n, name) for n, name in enumerate(["English", "Italian", "日本語", "French"], 1)))
    insert(database, "category", ((n, random.choice(_WORDS).title() + str(n)) for n in range(1, 17)))
    features = ['["Trailers"]', '["Commentaries", "Deleted Scenes"]', None]
    insert(database, "film", (
        (n, f"{words(random, _WORDS, 2)}", f"A tale of {words(random, _WORDS, 4).lower()}", str(pick(1990, 2020)), pick(1, 4),
         random.choice([None, 2, 3]), random.choice([0.99, 2.99, 4.99]), pick(46, 185), random.choice(["G", "PG", "R"]),
         random.choice(features), moment(random)) for n in range(1, 301)))
    insert(database, "film_actor", sorted({(pick(1, 100), pick(1, 300)) for _ in range(900)}))
    insert(database, "film_category", ((n, pick(1, 16)) for n in range(1, 301)))
    insert(database, "staff", ((n, f"Staff {n}", random.randbytes(1500), n, n, True, f"User{n}") for n in (1, 2)))
    insert(database, "store", ((n, n, n) for n in (1, 2)))
    insert(database, "customer", (
        (n, pick(1, 2), random.choice(_WORDS), random.choice(_WORDS), f"{n}@example.org", pick(1, 200), random.choice("YN"), moment(random))
        for n in range(1, 121)))
    insert(database, "inventory", ((n, pick(1, 290), pick(1, 2)) for n in range(1, 601)))
    insert(database, "rental", (
        (n, f"2005-05-{n % 28 + 1:02} {n % 24:02}:{n % 60:02}:{n // 60:02}", pick(1, 600), pick(1, 110), random.choice([None, moment(random)]),
         pick(1, 2)) for n in range(1, 701)))
    insert(database, "payment", (
        (n, pick(1, 110), pick(1, 2), n if n <= 700 else None, random.choice([0.99, 2.99, 5.99]), moment(random)) for n in range(1, 751)))


WINDOWS = [
    ("film?q=dinosaur&sort=title&limit=10",
     "film WHERE film_id IN (SELECT rowid FROM film_text WHERE film_text MATCH 'dinosaur') ORDER BY title, film_id LIMIT 10"),
    ("film?long=1&rating=PG&sort=-length&limit=10",
     'film WHERE "long" = 1 AND rating = \'PG\' ORDER BY length DESC, film_id LIMIT 10'),
    ("film?original_language_id__isnull=false&sort=title&start=5&limit=10",
     "film WHERE original_language_id IS NOT NULL ORDER BY title, film_id LIMIT 10 OFFSET 5"),
    ("actor.7.film_actor", "film_actor WHERE actor_id = 7 ORDER BY actor_id, film_id LIMIT 100"),
    ("language.2.film:original_language_id".replace(":", "~3A"),
     "film WHERE original_language_id = 2 ORDER BY film_id LIMIT 100"),
    ("actor?sort=-last_update&limit=5", "actor ORDER BY last_update DESC, actor_id LIMIT 5"),
    ("payment?rental_id__isnull=true&sort=-payment_id&limit=12", "payment WHERE rental_id IS NULL ORDER BY payment_id DESC LIMIT 12"),
    ("rental?return_date__isnull=true&sort=rental_date&limit=12",
     "rental WHERE return_date IS NULL ORDER BY rental_date, rental_id LIMIT 12"),
    ("staff?username=USER1", "staff WHERE username = 'USER1' ORDER BY staff_id LIMIT 100"),
    ("film_list?category__isnull=true&sort=FID", "film_list WHERE category IS NULL ORDER BY FID LIMIT 100"),
    ("film_list?sort=-price,FID&limit=5", "film_list ORDER BY price DESC, FID LIMIT 5"),
    ("customer_list?country=Country%205&sort=ID", "customer_list WHERE country = 'Country 5' ORDER BY ID LIMIT 100"),
    ("sales_by_film_category?sort=category", "sales_by_film_category ORDER BY category LIMIT 100"),
]
WRITES = [
    ("PATCH", "film/{n:300}", {"title": "DINOSAUR {n:99}", "length": "{n:200}", "rating": "PG"}),
    ("PATCH", "film/{n:300}", {"original_language_id": 2, "rental_rate": 5.99}),
    ("DELETE", "film/{n:300}", None),
    ("POST", "film", {"title": "AAA DINOSAUR", "language_id": 1, "length": 180, "rating": "PG", "special_features": ["x", {"y": 1}]}),
    ("PATCH", "actor/{n:100}", {"last_name": "ZED {n:9}"}),
    ("PUT", "film_actor/7,{n:300}", {}),
    ("DELETE", "film_category/{n:300},{n:16}", None),
    ("PATCH", "payment/{n:750}", {"amount": 9.99, "rental_id": None}),
    ("PATCH", "rental/{n:700}", {"return_date": None}),
    ("PATCH", "customer/{n:120}", {"active": "N", "address_id": "{n:200}"}),
    ("PATCH", "staff/1", {"username": "user1", "active": False}),
]
SCRIPTS = [
    "UPDATE film SET description = 'no dinosaur here' WHERE film_id = {n:300};",
    "DELETE FROM rental WHERE rental_id % 97 = {n:97} - 1;",
    "UPDATE city SET country_id = 5 WHERE city_id = {n:100};",
    "UPDATE country SET country_id = country_id + 1000 WHERE country_id = {n:20};",
    "DELETE FROM film_category WHERE film_id = {n:300};",
    "UPDATE staff SET username = 'User1', active = 1 WHERE staff_id = 1;",
    "INSERT OR REPLACE INTO film_actor SELECT 7, film_id FROM film WHERE film_id % 50 = {n:50} - 1;",
    "UPDATE payment SET amount = amount + 1 WHERE payment_id < {n:750};",
]
