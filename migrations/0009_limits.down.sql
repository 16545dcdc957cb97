-- Ends the attempts whose lease ran out; returns how many.
CREATE OR REPLACE FUNCTION expire_leases()
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    expired record;
    ended integer := 0;
BEGIN
    FOR expired IN
        SELECT l.study_id, l.trial_number, l.rung, l.purpose, l.attempt
        FROM lease l JOIN work w USING (study_id, trial_number, rung, purpose)
        WHERE has_expired(l)
        ORDER BY l.study_id, l.trial_number, l.rung, l.purpose
        FOR UPDATE OF w SKIP LOCKED
    LOOP
        -- Its holder may have renewed it since it was read.
        DELETE FROM lease l
        WHERE l.study_id = expired.study_id AND l.trial_number = expired.trial_number
            AND l.rung = expired.rung AND l.purpose = expired.purpose
            AND l.attempt = expired.attempt AND has_expired(l);
        IF FOUND THEN
            PERFORM end_in_failure(
                expired.study_id, expired.trial_number, expired.rung, expired.purpose, expired.attempt,
                'lost', 'the lease ran out: the worker died or was cut off');
            ended := ended + 1;
        END IF;
    END LOOP;
    RETURN ended;
END $$;

DROP FUNCTION cut_search;
DROP FUNCTION extend_limits;

CREATE OR REPLACE FUNCTION create_study(p_name text, p_hash text, p_resolved text, p_budget integer)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    stored bigint;
BEGIN
    INSERT INTO study (name, hash, resolved, budget)
    VALUES (p_name, p_hash, p_resolved::json, p_budget)
    ON CONFLICT (name) DO NOTHING
    RETURNING id INTO stored;
    IF stored IS NOT NULL THEN
        INSERT INTO controller (study_id) VALUES (stored);
    ELSE
        SELECT id INTO stored FROM study WHERE name = p_name;
        -- The same study: its files may have moved since.
        UPDATE study SET resolved = p_resolved::json WHERE name = p_name AND hash = p_hash;
    END IF;
    RETURN stored;
END $$;

DO $$
DECLARE
    readers text := current_setting('peftsearch.prefix') || 'dashboard';
BEGIN
    PERFORM set_config('search_path', format('%I, %s', readers, current_setting('search_path')), true);
END $$;

DROP VIEW budgets;

ALTER TABLE study DROP COLUMN cut_reason, DROP COLUMN cut, DROP COLUMN limits;
