-- Operations: a study that is paused, stopped or let go on by a person, and the
-- fleet of workers.

ALTER TABLE study
    -- Since when nothing of it is claimed; null while it is not paused.
    ADD COLUMN paused_at timestamptz,
    DROP CONSTRAINT study_cut_reason_check,
    ADD CONSTRAINT study_cut_reason_check
        CHECK (cut_reason IN ('wall_time', 'energy', 'improvement', 'stop', 'stop_now'));

-- What was ready or ran when its study was stopped at once; it may go on with it.
ALTER TABLE work
    DROP CONSTRAINT work_state_check,
    ADD CONSTRAINT work_state_check CHECK (state IN ('ready', 'running', 'finished', 'cancelled')),
    DROP CONSTRAINT work_check,
    ADD CONSTRAINT work_check CHECK (state IN ('ready', 'cancelled') OR attempt IS NOT NULL);

ALTER TABLE attempt
    DROP CONSTRAINT attempt_outcome_check,
    ADD CONSTRAINT attempt_outcome_check CHECK (outcome IN
        ('running', 'finished', 'given_back', 'lost', 'cancelled',
         'crashed', 'diverged', 'invalid', 'timed_out', 'out_of_memory'));

-- Studies ----------------------------------------------------------------------

-- Fences the controller, which then reads the study anew, and keeps others from
-- deciding until the transaction ends. So what a person changes has its place in
-- the order of decisions, and a late copy of an earlier one changes nothing.
CREATE FUNCTION fence_controller(p_study bigint)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE controller SET epoch = epoch + 1, request = NULL, expires = '-infinity', first_open = 0
    WHERE study_id = p_study;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no study with id %', p_study USING ERRCODE = 'PS002';
    END IF;
END $$;

-- A search that was over, or is to take back what was cancelled, goes on. The
-- controller is fenced already.
CREATE FUNCTION go_on(p_study bigint)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE study SET
        state = 'running',
        completed_at = NULL,
        cut = CASE WHEN cut_reason IN ('stop', 'stop_now') THEN NULL ELSE cut END,
        cut_reason = CASE WHEN cut_reason IN ('stop', 'stop_now') THEN NULL ELSE cut_reason END,
        has_grown = true,
        is_test_seen = is_test_seen OR EXISTS (
            SELECT FROM attempt a WHERE a.study_id = p_study AND a.purpose = 'test')
    WHERE id = p_study;
    -- The front may change before the test split is looked at again.
    DELETE FROM work
    WHERE study_id = p_study AND purpose = 'test' AND state = 'ready' AND attempt IS NULL;
    UPDATE work SET state = 'ready', available_at = clock_timestamp()
    WHERE study_id = p_study AND state = 'cancelled';
    UPDATE trial SET
        state = CASE state WHEN 'cancelled' THEN 'ready' ELSE 'paused' END, finished_at = NULL
    WHERE study_id = p_study AND state IN ('stopped', 'cancelled');
END $$;

CREATE OR REPLACE FUNCTION extend(p_study bigint, p_trials integer)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT FROM study WHERE id = p_study AND budget >= p_trials) THEN
        RETURN;
    END IF;
    PERFORM fence_controller(p_study);
    UPDATE study SET budget = p_trials WHERE id = p_study AND budget < p_trials;
    IF FOUND THEN
        PERFORM go_on(p_study);
    END IF;
END $$;

-- p_limits: as the resolved study writes them, or null. What runs on is what
-- `extend` lets run on.
CREATE OR REPLACE FUNCTION extend_limits(p_study bigint, p_limits text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT FROM study WHERE id = p_study AND limits::text IS NOT DISTINCT FROM p_limits) THEN
        RETURN;
    END IF;
    PERFORM fence_controller(p_study);
    UPDATE study SET limits = p_limits::json, cut = NULL, cut_reason = NULL
    WHERE id = p_study AND limits::text IS DISTINCT FROM p_limits;
    IF FOUND THEN
        PERFORM go_on(p_study);
    END IF;
END $$;

CREATE FUNCTION pause_study(p_study bigint)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE study SET paused_at = coalesce(paused_at, clock_timestamp())
    WHERE id = p_study AND state <> 'complete';
    IF NOT FOUND AND NOT EXISTS (SELECT FROM study WHERE id = p_study) THEN
        RAISE EXCEPTION 'there is no study with id %', p_study USING ERRCODE = 'PS002';
    END IF;
END $$;

-- Ends a pause, and takes back a stop.
CREATE FUNCTION resume_study(p_study bigint)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT FROM study WHERE id = p_study AND cut_reason IN ('stop', 'stop_now')) THEN
        PERFORM fence_controller(p_study);
        PERFORM go_on(p_study);
    END IF;
    UPDATE study SET paused_at = NULL WHERE id = p_study;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no study with id %', p_study USING ERRCODE = 'PS002';
    END IF;
END $$;

-- Cuts the search where it stands. p_now: what is ready or runs is cancelled,
-- and nothing that waits between rungs goes on.
CREATE FUNCTION stop_study(p_study bigint, p_now boolean)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    -- From here on nobody proposes or promotes.
    PERFORM fence_controller(p_study);
    UPDATE study SET
        paused_at = NULL,
        cut = coalesce(
            cut,
            (SELECT max(number) + 1 FROM trial WHERE study_id = p_study)
                - (SELECT coalesce(sum(count), 0) FROM trial_count
                   WHERE study_id = p_study AND kind = 'derived'),
            0),
        cut_reason = CASE WHEN p_now THEN 'stop_now' ELSE coalesce(cut_reason, 'stop') END,
        -- What was promoted before depended on who was still in the running.
        has_grown = has_grown OR p_now
    WHERE id = p_study AND state = 'running';
    IF NOT FOUND OR NOT p_now THEN
        RETURN;
    END IF;
    PERFORM FROM work
    WHERE study_id = p_study AND purpose = 'train' AND state IN ('ready', 'running')
    ORDER BY trial_number, rung FOR UPDATE;
    -- Whoever holds one of these is fenced at its next word.
    WITH taken AS (
        DELETE FROM lease WHERE study_id = p_study AND purpose = 'train'
        RETURNING trial_number, attempt)
    UPDATE attempt a SET outcome = 'cancelled', ended_at = clock_timestamp()
    FROM taken t
    WHERE a.study_id = p_study AND a.trial_number = t.trial_number AND a.attempt = t.attempt;
    UPDATE work SET state = 'cancelled'
    WHERE study_id = p_study AND purpose = 'train' AND state IN ('ready', 'running');
    UPDATE trial SET state = 'cancelled', finished_at = clock_timestamp()
    WHERE study_id = p_study AND state IN ('ready', 'running');
END $$;

-- A state is never taken back but by `go_on`: a copy of an earlier call that
-- arrives late changes nothing.
CREATE OR REPLACE FUNCTION set_study_state(p_study bigint, p_epoch integer, p_state text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    course text[] := ARRAY['running', 'testing', 'complete'];
BEGIN
    PERFORM hold_epoch(p_study, p_epoch);
    UPDATE study SET
        state = p_state,
        completed_at = CASE WHEN p_state = 'complete' THEN clock_timestamp() END
    WHERE id = p_study AND array_position(course, state) < array_position(course, p_state);
END $$;

-- Workers ----------------------------------------------------------------------

ALTER TABLE worker
    -- Its version of the program, and the part of its compute class that does not
    -- depend on a study.
    ADD COLUMN program text CHECK (length(program) <= 100),
    ADD COLUMN compute_class text CHECK (length(compute_class) <= 1000),
    -- When it last said that it lives.
    ADD COLUMN seen_at timestamptz,
    -- Since when it is to finish what it runs and to claim nothing more.
    ADD COLUMN drained_at timestamptz,
    -- When it ended in order.
    ADD COLUMN left_at timestamptz;
COMMENT ON COLUMN worker.seen_at IS 'Null, like program and compute_class, of a worker of an older release.';

CREATE FUNCTION register_worker(
    p_id text, p_host text, p_process bigint, p_slots integer, p_program text, p_class text)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    INSERT INTO worker (id, host, process_identifier, slots, program, compute_class, seen_at)
    VALUES (p_id, p_host, p_process, p_slots, p_program, p_class, clock_timestamp())
    ON CONFLICT DO NOTHING;
$$;

-- Notes that a worker lives, or that it ends. Returns whether it is to claim
-- nothing more.
CREATE FUNCTION check_in(p_worker text, p_leaves boolean)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    drains boolean;
BEGIN
    UPDATE worker SET
        seen_at = clock_timestamp(), left_at = CASE WHEN p_leaves THEN clock_timestamp() END
    WHERE id = p_worker
    RETURNING drained_at IS NOT NULL INTO drains;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no worker %', p_worker USING ERRCODE = 'PS001';
    END IF;
    RETURN drains;
END $$;

-- p_worker: null is all that have not ended. Returns how many.
CREATE FUNCTION drain_workers(p_worker text)
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    drained integer;
BEGIN
    UPDATE worker SET drained_at = coalesce(drained_at, clock_timestamp())
    WHERE left_at IS NULL AND (p_worker IS NULL OR id = p_worker);
    GET DIAGNOSTICS drained = ROW_COUNT;
    RETURN drained;
END $$;


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
    IF EXISTS (SELECT FROM worker w WHERE w.id = p_worker AND w.drained_at IS NOT NULL) THEN
        RETURN false;
    END IF;
    FOR candidate IN
        SELECT s.id, s.last_rung, c.first_open
        FROM study s JOIN controller c ON c.study_id = s.id
        WHERE s.state <> 'complete' AND s.paused_at IS NULL
            AND (p_study IS NULL OR s.id = p_study) AND s.id <> ALL (refused)
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

DO $$ BEGIN
    EXECUTE format('REVOKE ALL ON ALL FUNCTIONS IN SCHEMA %I FROM PUBLIC', current_schema());
END $$;

-- Readers ---------------------------------------------------------------------

DO $$
DECLARE
    readers text := current_setting('peftsearch.prefix') || 'dashboard';
BEGIN
    PERFORM set_config('search_path', format('%I, %s', readers, current_setting('search_path')), true);
END $$;

CREATE OR REPLACE VIEW studies AS
SELECT s.id AS study_id, s.name AS study, s.state, s.budget, s.is_test_seen, s.hash,
       s.resolved::jsonb AS resolved, s.created_at, s.completed_at,
       coalesce((SELECT max(t.number) + 1 FROM trial t WHERE t.study_id = s.id), 0) - n.derived AS trials,
       n.done, n.failed,
       (SELECT count(*) FROM lease l WHERE l.study_id = s.id AND l.purpose = 'train') AS running,
       n.paused, n.stopped, n.derived, s.paused_at, n.cancelled
FROM study s, LATERAL (
    SELECT coalesce(sum(c.count) FILTER (WHERE c.kind = 'done'), 0)::bigint AS done,
           coalesce(sum(c.count) FILTER (WHERE c.kind = 'failed'), 0)::bigint AS failed,
           coalesce(sum(c.count) FILTER (WHERE c.kind = 'paused'), 0)::bigint AS paused,
           coalesce(sum(c.count) FILTER (WHERE c.kind = 'stopped'), 0)::bigint AS stopped,
           coalesce(sum(c.count) FILTER (WHERE c.kind = 'derived'), 0)::bigint AS derived,
           coalesce(sum(c.count) FILTER (WHERE c.kind = 'cancelled'), 0)::bigint AS cancelled
    FROM trial_count c WHERE c.study_id = s.id) n;
