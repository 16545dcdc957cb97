UPDATE trial SET state = 'ready', finished_at = NULL WHERE state = 'cancelled';
UPDATE work SET state = 'ready' WHERE state = 'cancelled';
UPDATE attempt SET outcome = 'given_back' WHERE outcome = 'cancelled';
UPDATE study SET cut = NULL, cut_reason = NULL, state = 'running', completed_at = NULL
WHERE cut_reason IN ('stop', 'stop_now');

-- Leases the next ready unit of work. A request that holds a lease already is a
-- repeat, whose sender counts from now: it renews that one. Returns whether it
-- holds one now.
CREATE OR REPLACE FUNCTION lease_next(
    p_worker text, p_study bigint, p_seconds double precision, p_request uuid, p_except json)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    refused bigint[] := ARRAY(SELECT e::bigint FROM json_array_elements_text(p_except) e);
    candidate record;
    ready work;
    started integer;
BEGIN
    UPDATE lease SET seconds = p_seconds, expires = clock_timestamp() + make_interval(secs => p_seconds)
    WHERE request = p_request AND worker_id = p_worker;
    IF FOUND THEN
        RETURN true;
    END IF;
    FOR candidate IN
        SELECT s.id, s.last_rung, c.first_open
        FROM study s JOIN controller c ON c.study_id = s.id
        WHERE s.state <> 'complete' AND (p_study IS NULL OR s.id = p_study) AND s.id <> ALL (refused)
        ORDER BY s.id
    LOOP
        ready := lock_ready(candidate.id, candidate.last_rung, candidate.first_open);
        EXIT WHEN ready.study_id IS NOT NULL;
    END LOOP;
    IF ready.study_id IS NULL THEN
        RETURN false;
    END IF;
    UPDATE trial t SET
        attempts = t.attempts + 1,
        state = CASE ready.purpose WHEN 'train' THEN 'running' ELSE t.state END
    WHERE t.study_id = ready.study_id AND t.number = ready.trial_number
    RETURNING t.attempts INTO started;
    UPDATE work w SET state = 'running', attempt = started
    WHERE w.study_id = ready.study_id AND w.trial_number = ready.trial_number
        AND w.rung = ready.rung AND w.purpose = ready.purpose;
    INSERT INTO attempt (study_id, trial_number, rung, purpose, attempt, worker_id)
    VALUES (ready.study_id, ready.trial_number, ready.rung, ready.purpose, started, p_worker);
    INSERT INTO lease (study_id, trial_number, rung, purpose, attempt, worker_id, request, seconds, expires)
    VALUES (ready.study_id, ready.trial_number, ready.rung, ready.purpose, started, p_worker, p_request,
            p_seconds, clock_timestamp() + make_interval(secs => p_seconds));
    RETURN true;
END $$;

CREATE OR REPLACE FUNCTION set_study_state(p_study bigint, p_epoch integer, p_state text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM hold_epoch(p_study, p_epoch);
    UPDATE study SET
        state = p_state,
        completed_at = CASE WHEN p_state = 'complete' THEN clock_timestamp() END
    WHERE id = p_study AND state <> p_state;
END $$;

DROP FUNCTION drain_workers;
DROP FUNCTION check_in;
DROP FUNCTION register_worker(text, text, bigint, integer, text, text);
DROP FUNCTION stop_study;
DROP FUNCTION resume_study;
DROP FUNCTION pause_study;

-- p_limits: as the resolved study writes them, or null. What runs on is what
-- `extend` lets run on.
CREATE OR REPLACE FUNCTION extend_limits(p_study bigint, p_limits text)
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

DROP FUNCTION go_on;
DROP FUNCTION fence_controller;

ALTER TABLE worker
    DROP COLUMN program, DROP COLUMN compute_class, DROP COLUMN seen_at, DROP COLUMN drained_at,
    DROP COLUMN left_at;
ALTER TABLE attempt
    DROP CONSTRAINT attempt_outcome_check,
    ADD CONSTRAINT attempt_outcome_check CHECK (outcome IN
        ('running', 'finished', 'given_back', 'lost',
         'crashed', 'diverged', 'invalid', 'timed_out', 'out_of_memory'));
ALTER TABLE work
    DROP CONSTRAINT work_check,
    ADD CONSTRAINT work_check CHECK (state = 'ready' OR attempt IS NOT NULL),
    DROP CONSTRAINT work_state_check,
    ADD CONSTRAINT work_state_check CHECK (state IN ('ready', 'running', 'finished'));

DO $$
DECLARE
    readers text := current_setting('peftsearch.prefix') || 'dashboard';
BEGIN
    PERFORM set_config('search_path', format('%I, %s', readers, current_setting('search_path')), true);
END $$;

DROP VIEW studies;
CREATE VIEW studies AS
SELECT s.id AS study_id, s.name AS study, s.state, s.budget, s.is_test_seen, s.hash,
       s.resolved::jsonb AS resolved, s.created_at, s.completed_at,
       coalesce((SELECT max(t.number) + 1 FROM trial t WHERE t.study_id = s.id), 0) - n.derived AS trials,
       n.done, n.failed,
       (SELECT count(*) FROM lease l WHERE l.study_id = s.id AND l.purpose = 'train') AS running,
       n.paused, n.stopped, n.derived
FROM study s, LATERAL (
    SELECT coalesce(sum(c.count) FILTER (WHERE c.kind = 'done'), 0)::bigint AS done,
           coalesce(sum(c.count) FILTER (WHERE c.kind = 'failed'), 0)::bigint AS failed,
           coalesce(sum(c.count) FILTER (WHERE c.kind = 'paused'), 0)::bigint AS paused,
           coalesce(sum(c.count) FILTER (WHERE c.kind = 'stopped'), 0)::bigint AS stopped,
           coalesce(sum(c.count) FILTER (WHERE c.kind = 'derived'), 0)::bigint AS derived
    FROM trial_count c WHERE c.study_id = s.id) n;
COMMENT ON VIEW studies IS 'One row a study, with its trials counted by state, those derived from others apart.';

ALTER TABLE study
    DROP CONSTRAINT study_cut_reason_check,
    ADD CONSTRAINT study_cut_reason_check CHECK (cut_reason IN ('wall_time', 'energy', 'improvement')),
    DROP COLUMN paused_at;
