-- Who may do what with the history. Three roles, and a user of each; the passwords' SHA-256 stand in
-- for WRITER, MIGRATOR and READER: `deploy/secure/prepare.py` fills them in, or
-- `printf %s "$PASSWORD" | sha256sum`.

-- The job `history`: inserts, and nothing else. Looking at what was applied lets `touchline submit`
-- see that no migration is missing.
CREATE ROLE IF NOT EXISTS touchline_writer;
GRANT INSERT ON touchline.match_events TO touchline_writer;
GRANT INSERT ON touchline.poll_votes TO touchline_writer;
GRANT INSERT ON touchline.poll_results TO touchline_writer;
GRANT INSERT ON touchline.leaderboard_standings TO touchline_writer;
GRANT SELECT ON touchline.schema_migrations TO touchline_writer;

-- `touchline migrate`. A view can be made by who can read what it reads.
CREATE ROLE IF NOT EXISTS touchline_migrator;
GRANT CREATE DATABASE, CREATE TABLE, CREATE VIEW, ALTER, DROP TABLE, DROP VIEW ON touchline.* TO touchline_migrator;
GRANT SELECT ON touchline.* TO touchline_migrator;
-- Where it is before there is a database of its own.
GRANT SHOW DATABASES ON default.* TO touchline_migrator;
GRANT INSERT ON touchline.schema_migrations TO touchline_migrator;

-- Queries: `touchline query`, dashboards, people.
CREATE ROLE IF NOT EXISTS touchline_reader;
GRANT SELECT ON touchline.* TO touchline_reader;
GRANT SHOW DATABASES ON default.* TO touchline_reader; -- `touchline health` and `metrics` ask there

CREATE USER IF NOT EXISTS touchline_writer IDENTIFIED WITH sha256_hash BY 'WRITER' DEFAULT ROLE touchline_writer;
CREATE USER IF NOT EXISTS touchline_migrator IDENTIFIED WITH sha256_hash BY 'MIGRATOR' DEFAULT ROLE touchline_migrator;
CREATE USER IF NOT EXISTS touchline_reader IDENTIFIED WITH sha256_hash BY 'READER' DEFAULT ROLE touchline_reader;
GRANT touchline_writer TO touchline_writer;
GRANT touchline_migrator TO touchline_migrator;
GRANT touchline_reader TO touchline_reader;
