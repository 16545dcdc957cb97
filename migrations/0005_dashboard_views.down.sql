DO $$
DECLARE
    readers text := current_setting('peftsearch.prefix') || 'dashboard';
BEGIN
    PERFORM set_config('search_path', format('%I, %s', readers, current_setting('search_path')), true);
END $$;

DROP VIEW front, front_versions, reports, attempts, measurements, trials, studies;

DO $$
BEGIN
    EXECUTE format('DROP SCHEMA %I', current_setting('peftsearch.prefix') || 'dashboard');
END $$;
