-- The three roles and what each may do. Idempotent; run it in the database
-- "consumo" as a superuser. Rights on tables are granted by the migrations.
-- It holds plain SQL only and runs as one transaction: when consumo_backup
-- exists, everything here has happened.

DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['consumo_owner', 'consumo_app', 'consumo_backup'] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = wanted) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', wanted);
        END IF;
    END LOOP;
END
$$;

-- Owns the schema and runs the migrations; forced row security binds it too.
ALTER ROLE consumo_owner
    LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE consumo_owner SET jit = off;

-- Serves requests: owns nothing, so it can neither switch row security off nor
-- change a table. An import raises its own limits by SET LOCAL.
ALTER ROLE consumo_app
    LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE consumo_app SET statement_timeout = '5s';
ALTER ROLE consumo_app SET lock_timeout = '2s';
ALTER ROLE consumo_app SET idle_in_transaction_session_timeout = '10s';
ALTER ROLE consumo_app SET jit = off;

-- Reads every tenant's rows for pg_dump and can write none.
ALTER ROLE consumo_backup
    LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION BYPASSRLS;
ALTER ROLE consumo_backup SET default_transaction_read_only = on;
ALTER ROLE consumo_backup SET jit = off;
GRANT pg_read_all_data TO consumo_backup;

ALTER DATABASE consumo OWNER TO consumo_owner;
REVOKE ALL ON DATABASE consumo FROM PUBLIC;
-- TEMPORARY because COPY straight into a table under row security is refused:
-- imports go through a temporary table.
GRANT CONNECT, TEMPORARY ON DATABASE consumo TO consumo_app;
GRANT CONNECT ON DATABASE consumo TO consumo_backup;
REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC;

ALTER SCHEMA public OWNER TO consumo_owner;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO consumo_app, consumo_backup;
