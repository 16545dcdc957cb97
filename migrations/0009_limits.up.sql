-- Limits beside the number of trials: wall time, energy, a stopping rule; and
-- where they cut the sequence of proposals.

ALTER TABLE study
    -- As the resolved study writes them; null without one.
    ADD COLUMN limits json CHECK (octet_length(limits::text) <= 65536),
    -- After how many trials the search ended, and why.
    ADD COLUMN cut integer CHECK (cut >= 0),
    ADD COLUMN cut_reason text CHECK (cut_reason IN ('wall_time', 'energy', 'improvement')),
    ADD CHECK ((cut IS NULL) = (cut_reason IS NULL));

CREATE OR REPLACE FUNCTION create_study(p_name text, p_hash text, p_resolved text, p_budget integer)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    stored bigint;
BEGIN
    INSERT INTO study (name, hash, resolved, budget, limits)
    VALUES (p_name, p_hash, p_resolved::json, p_budget, p_resolved::json #> '{search,limits}')
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

-- p_limits: as the resolved study writes them, or null. What runs on is what
-- `extend` lets run on.
CREATE FUNCTION extend_limits(p_study bigint, p_limits text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE study SET
        limits = p_limits::json,
        cut = NULL,
        cut_reason = NULL,
        state = 'running',
        completed_at = NULL,
        is_test_seen = is_test_seen OR EXISTS (
            SELECT FROM attempt a WHERE a.study_id = p_study AND a.purpose = 'test')
    WHERE id = p_study AND limits::text IS DISTINCT FROM p_limits;
    IF FOUND THEN
        -- The front may change before the test split is looked at again.
        DELETE FROM work
        WHERE study_id = p_study AND purpose = 'test' AND state = 'ready' AND attempt IS NULL;
        UPDATE trial SET state = 'paused', finished_at = NULL
        WHERE study_id = p_study AND state = 'stopped';
        RETURN;
    END IF;
    IF NOT EXISTS (SELECT FROM study WHERE id = p_study) THEN
        RAISE EXCEPTION 'there is no study with id %', p_study USING ERRCODE = 'PS002';
    END IF;
END $$;

-- p_limits: those that the decision was made under. If they have grown since,
-- it is made again.
CREATE FUNCTION cut_search(p_study bigint, p_epoch integer, p_trials integer, p_reason text, p_limits text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM hold_epoch(p_study, p_epoch);
    UPDATE study SET cut = p_trials, cut_reason = p_reason
    WHERE id = p_study AND cut IS NULL AND limits::text IS NOT DISTINCT FROM p_limits;
END $$;

-- Ends the attempts whose lease ran out, at the moment it did; returns how
-- many. What lies between that and now, a night without a worker perhaps, is
-- nobody's training.
CREATE OR REPLACE FUNCTION expire_leases()
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    expired record;
    expiry timestamptz;
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
            AND l.attempt = expired.attempt AND has_expired(l)
        RETURNING l.expires INTO expiry;
        IF FOUND THEN
            PERFORM end_in_failure(
                expired.study_id, expired.trial_number, expired.rung, expired.purpose, expired.attempt,
                'lost', 'the lease ran out: the worker died or was cut off');
            UPDATE attempt SET ended_at = least(ended_at, greatest(claimed_at, expiry))
            WHERE study_id = expired.study_id AND trial_number = expired.trial_number
                AND attempt = expired.attempt;
            ended := ended + 1;
        END IF;
    END LOOP;
    RETURN ended;
END $$;

DO $$ BEGIN
    EXECUTE format('REVOKE ALL ON ALL FUNCTIONS IN SCHEMA %I FROM PUBLIC', current_schema());
END $$;

-- Readers ------------------------------------------------------------------

DO $$
DECLARE
    readers text := current_setting('peftsearch.prefix') || 'dashboard';
BEGIN
    PERFORM set_config('search_path', format('%I, %s', readers, current_setting('search_path')), true);
END $$;

CREATE VIEW budgets AS
SELECT s.id AS study_id, s.name AS study, s.budget AS trials, s.limits::jsonb AS limits, s.cut, s.cut_reason
FROM study s;
COMMENT ON VIEW budgets IS
    'One row a study: what bounds its search, and after how many trials and why it ended early.';
