-- What a worker may know of the studies: the identifier behind a name. With it
-- a role that may call the queue's functions needs no right on any table.

CREATE FUNCTION find_study(p_name text)
RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT id FROM study WHERE name = p_name;
$$;

DO $$ BEGIN
    EXECUTE format('REVOKE ALL ON ALL FUNCTIONS IN SCHEMA %I FROM PUBLIC', current_schema());
END $$;
