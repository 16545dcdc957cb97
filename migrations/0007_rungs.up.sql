-- Rungs: a trial is measured after a part of its training, waits there, and
-- goes on to the next rung if the controller promotes it.

-- From 0; the only rung of a study that names none.
ALTER TABLE study ADD COLUMN last_rung integer NOT NULL GENERATED ALWAYS AS
    (coalesce(json_array_length(resolved #> '{search,rungs}') - 1, 0)) STORED;

-- What a trial was to train after rung 0, whose virtual time is its own.
CREATE TABLE promotion (
    study_id bigint NOT NULL,
    trial_number integer NOT NULL,
    rung integer NOT NULL CHECK (rung > 0),
    virtual_start bigint NOT NULL,
    virtual_finish bigint NOT NULL,
    -- Decided after the last proposal of the budget, so that a budget that
    -- grows decides it anew.
    is_provisional boolean NOT NULL,
    promoted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (study_id, trial_number, rung),
    FOREIGN KEY (study_id, trial_number) REFERENCES trial ON DELETE CASCADE,
    CHECK (virtual_finish > virtual_start)
);

-- At each rung a trial is measured by the same names.
ALTER TABLE measurement ADD COLUMN rung integer NOT NULL DEFAULT 0 CHECK (rung >= 0);
ALTER TABLE measurement ALTER COLUMN rung DROP DEFAULT;
ALTER TABLE measurement DROP CONSTRAINT measurement_pkey;
ALTER TABLE measurement ADD PRIMARY KEY (study_id, trial_number, rung, name);

-- Promoted trials first: they are older, and more depends on them.
DROP INDEX work_claim;
CREATE INDEX work_claim ON work (study_id, purpose, rung DESC, trial_number) WHERE state = 'ready';

-- Controllers --------------------------------------------------------------

-- p_promotions: [{number, rung, start, finish, is_provisional}]. One that
-- exists takes over what is given, and what it led to stays.
CREATE FUNCTION promote(p_study bigint, p_epoch integer, p_promotions json)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    stray integer;
BEGIN
    PERFORM hold_epoch(p_study, p_epoch);
    SELECT min(p.number) INTO stray
    FROM json_to_recordset(p_promotions) AS p(number integer, rung integer)
    WHERE NOT EXISTS (
        SELECT FROM promotion q
        WHERE q.study_id = p_study AND q.trial_number = p.number AND q.rung = p.rung
    ) AND NOT EXISTS (
        SELECT FROM trial t JOIN study s ON s.id = t.study_id
        WHERE t.study_id = p_study AND t.number = p.number AND t.rung = p.rung - 1
            AND t.state IN ('paused', 'stopped') AND p.rung <= s.last_rung);
    IF stray IS NOT NULL THEN
        RAISE EXCEPTION 'trial % does not wait at the rung before', stray USING ERRCODE = 'PS003';
    END IF;
    INSERT INTO promotion (study_id, trial_number, rung, virtual_start, virtual_finish, is_provisional)
    SELECT p_study, p.number, p.rung, p.start, p.finish, p.is_provisional
    FROM json_to_recordset(p_promotions) AS p(
        number integer, rung integer, start bigint, finish bigint, is_provisional boolean)
    ORDER BY p.number, p.rung
    ON CONFLICT (study_id, trial_number, rung) DO UPDATE SET
        virtual_start = excluded.virtual_start, virtual_finish = excluded.virtual_finish,
        is_provisional = excluded.is_provisional;
    WITH added AS (
        INSERT INTO work (study_id, trial_number, rung, purpose)
        SELECT p_study, p.number, p.rung, 'train'
        FROM json_to_recordset(p_promotions) AS p(number integer, rung integer)
        ORDER BY p.number, p.rung
        ON CONFLICT DO NOTHING
        RETURNING trial_number, rung)
    UPDATE trial t SET state = 'ready', rung = a.rung, finished_at = NULL
    FROM added a WHERE t.study_id = p_study AND t.number = a.trial_number;
END $$;

CREATE FUNCTION stop_trials(p_study bigint, p_epoch integer, p_trials integer[])
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM hold_epoch(p_study, p_epoch);
    UPDATE trial SET state = 'stopped', finished_at = clock_timestamp()
    WHERE study_id = p_study AND number = ANY (p_trials) AND state = 'paused';
END $$;

CREATE OR REPLACE FUNCTION extend(p_study bigint, p_trials integer)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE study SET
        budget = p_trials,
        state = 'running',
        completed_at = NULL,
        is_test_seen = is_test_seen OR EXISTS (
            SELECT FROM attempt a WHERE a.study_id = p_study AND a.purpose = 'test')
    WHERE id = p_study AND budget < p_trials;
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

-- Workers ------------------------------------------------------------------

-- Leases the next ready unit of work; no row when there is none. Any idle
-- worker then frees what dead ones held, so workers alone recover. p_except:
-- studies that this worker cannot run, as a list.
CREATE OR REPLACE FUNCTION claim(
    p_worker text, p_study bigint, p_seconds double precision, p_request uuid, p_except json)
RETURNS TABLE (
    study_id bigint, trial_number integer, rung integer, purpose text, attempt integer,
    resolved text, budget integer, seed numeric, configuration text, artifact text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
#variable_conflict use_column
BEGIN
    IF NOT EXISTS (SELECT FROM lease l WHERE l.request = p_request AND l.worker_id = p_worker) THEN
        -- The fence of the CTE makes LIMIT hold whatever plan is chosen.
        WITH candidate AS MATERIALIZED (
            SELECT w.study_id, w.trial_number, w.rung, w.purpose FROM work w
            WHERE w.state = 'ready' AND w.available_at <= clock_timestamp()
                AND w.study_id BETWEEN coalesce(p_study, 0) AND coalesce(p_study, 9223372036854775807)
                AND w.study_id NOT IN (SELECT e::bigint FROM json_array_elements_text(p_except) e)
            ORDER BY w.study_id, w.purpose, w.rung DESC, w.trial_number
            LIMIT 1 FOR UPDATE SKIP LOCKED
        ), counted AS (
            UPDATE trial t SET
                attempts = t.attempts + 1,
                state = CASE c.purpose WHEN 'train' THEN 'running' ELSE t.state END
            FROM candidate c WHERE t.study_id = c.study_id AND t.number = c.trial_number
            RETURNING c.study_id, c.trial_number, c.rung, c.purpose, t.attempts AS attempt
        ), started AS (
            UPDATE work w SET state = 'running', attempt = c.attempt
            FROM counted c
            WHERE w.study_id = c.study_id AND w.trial_number = c.trial_number
                AND w.rung = c.rung AND w.purpose = c.purpose
            RETURNING c.*
        ), tried AS (
            INSERT INTO attempt (study_id, trial_number, rung, purpose, attempt, worker_id)
            SELECT s.study_id, s.trial_number, s.rung, s.purpose, s.attempt, p_worker FROM started s
        )
        INSERT INTO lease (
            study_id, trial_number, rung, purpose, attempt, worker_id, request, seconds, expires)
        SELECT s.study_id, s.trial_number, s.rung, s.purpose, s.attempt, p_worker, p_request, p_seconds,
               clock_timestamp() + make_interval(secs => p_seconds)
        FROM started s;
        IF NOT FOUND THEN
            PERFORM expire_leases();
            RETURN;
        END IF;
    END IF;
    RETURN QUERY
        SELECT l.study_id, l.trial_number, l.rung, l.purpose, l.attempt,
               s.resolved::text, s.budget, t.seed, t.configuration::text, t.artifact
        FROM lease l
        JOIN study s ON s.id = l.study_id
        JOIN trial t ON t.study_id = l.study_id AND t.number = l.trial_number
        WHERE l.request = p_request AND l.worker_id = p_worker;
END $$;

-- p_measurements: [{name, value, kind, method}].
CREATE OR REPLACE FUNCTION finish(
    p_study bigint, p_trial integer, p_rung integer, p_purpose text, p_attempt integer,
    p_measurements json, p_compute_class text, p_artifact text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    IF NOT hold_attempt(p_study, p_trial, p_rung, p_purpose, p_attempt, 'finished') THEN
        RETURN;
    END IF;
    PERFORM end_attempt(p_study, p_trial, p_rung, p_purpose, p_attempt, 'finished', NULL);
    UPDATE work SET state = 'finished'
    WHERE study_id = p_study AND trial_number = p_trial AND rung = p_rung AND purpose = p_purpose;
    INSERT INTO measurement (study_id, trial_number, rung, name, value, kind, method, attempt)
    SELECT p_study, p_trial, p_rung, p.name, p.value, p.kind, p.method, p_attempt
    FROM json_to_recordset(p_measurements) AS p(
        name text, value double precision, kind text, method text)
    ON CONFLICT DO NOTHING;
    IF p_purpose = 'train' AND p_rung < (SELECT last_rung FROM study WHERE id = p_study) THEN
        UPDATE trial SET state = 'paused' WHERE study_id = p_study AND number = p_trial;
        RETURN;
    END IF;
    UPDATE trial SET
        state = 'done', compute_class = p_compute_class, artifact = p_artifact,
        finished_at = clock_timestamp()
    WHERE study_id = p_study AND number = p_trial AND p_purpose = 'train';
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

CREATE OR REPLACE VIEW studies AS
SELECT s.id AS study_id, s.name AS study, s.state, s.budget, s.is_test_seen, s.hash,
       s.resolved::jsonb AS resolved, s.created_at, s.completed_at,
       count(t.number) AS trials,
       count(t.number) FILTER (WHERE t.state = 'done') AS done,
       count(t.number) FILTER (WHERE t.state = 'failed') AS failed,
       count(t.number) FILTER (WHERE t.state = 'running') AS running,
       count(t.number) FILTER (WHERE t.state = 'paused') AS paused,
       count(t.number) FILTER (WHERE t.state = 'stopped') AS stopped
FROM study s LEFT JOIN trial t ON t.study_id = s.id
GROUP BY s.id;

CREATE OR REPLACE VIEW measurements AS
SELECT m.study_id, s.name AS study, m.trial_number, m.name, m.value, m.kind, m.method, m.rung
FROM measurement m
JOIN study s ON s.id = m.study_id
JOIN trial t ON t.study_id = m.study_id AND t.number = m.trial_number AND t.rung = m.rung;
COMMENT ON VIEW measurements IS
    'One row a measurement at the rung that its trial has reached; an unknown has no row.';

CREATE VIEW rung_measurements AS
SELECT m.study_id, s.name AS study, m.trial_number, m.rung,
       coalesce((s.resolved::jsonb #>> ARRAY['search', 'rungs', m.rung::text])::double precision, 1)
           AS share,
       m.name, m.value, m.kind, m.method
FROM measurement m JOIN study s ON s.id = m.study_id;
COMMENT ON VIEW rung_measurements IS
    'One row a measurement at any rung, with the share of the training steps before it.';

CREATE VIEW promotions AS
SELECT p.study_id, s.name AS study, p.trial_number, p.rung, p.virtual_start, p.virtual_finish,
       p.is_provisional, p.promoted_at
FROM promotion p JOIN study s ON s.id = p.study_id;
COMMENT ON VIEW promotions IS 'One row each time that a trial was let go on to its next rung.';
