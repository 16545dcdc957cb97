-- What a replay compares with, beyond measurements.

-- Program, threads, inputs, compute class, artifact and the course of the
-- training, at every rung; null where an older release wrote it.
ALTER TABLE attempt ADD COLUMN record json
    CHECK (octet_length(record::text) <= 65536 AND json_typeof(record) = 'object');

-- Whether budget or limits were changed after it was created: front versions
-- may then have come in another order. Of older studies nobody knows.
ALTER TABLE study ADD COLUMN has_grown boolean NOT NULL DEFAULT true;
ALTER TABLE study ALTER COLUMN has_grown SET DEFAULT false;

-- A trigger, so that whatever changes a budget is seen.
CREATE FUNCTION note_growth() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    NEW.has_grown := true;
    RETURN NEW;
END $$;
CREATE TRIGGER study_grows BEFORE UPDATE OF budget, limits ON study FOR EACH ROW
    WHEN (OLD.budget <> NEW.budget OR OLD.limits::text IS DISTINCT FROM NEW.limits::text)
    EXECUTE FUNCTION note_growth();

-- Finishes, and keeps the attempt's record in the same transaction. p_record
-- as the attempt's column has it, or null.
CREATE FUNCTION finish(
    p_study bigint, p_trial integer, p_rung integer, p_purpose text, p_attempt integer,
    p_measurements json, p_compute_class text, p_artifact text, p_derived json, p_record json)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM finish(
        p_study, p_trial, p_rung, p_purpose, p_attempt, p_measurements, p_compute_class, p_artifact, p_derived);
    -- The first word of the attempt is final.
    UPDATE attempt SET record = p_record
    WHERE study_id = p_study AND trial_number = p_trial AND attempt = p_attempt
        AND outcome = 'finished' AND record IS NULL;
END $$;

-- `finish` and then `claim`, for trials that are shorter than a commit. Who is
-- fenced claims nothing; a repeat finds both done.
CREATE FUNCTION finish_and_claim(
    p_study bigint, p_trial integer, p_rung integer, p_purpose text, p_attempt integer,
    p_measurements json, p_compute_class text, p_artifact text, p_derived json, p_record json,
    p_worker text, p_next_study bigint, p_seconds double precision, p_request uuid, p_except json)
RETURNS TABLE (
    study_id bigint, trial_number integer, rung integer, purpose text, attempt integer,
    resolved text, budget integer, seed numeric, configuration text, artifact text,
    parent_configuration text, parent_artifact text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    PERFORM finish(p_study, p_trial, p_rung, p_purpose, p_attempt, p_measurements, p_compute_class,
                   p_artifact, p_derived, p_record);
    IF lease_next(p_worker, p_next_study, p_seconds, p_request, p_except) THEN
        RETURN QUERY SELECT * FROM leased(p_worker, p_request);
    END IF;
END $$;

DO $$ BEGIN
    EXECUTE format('REVOKE ALL ON ALL FUNCTIONS IN SCHEMA %I FROM PUBLIC', current_schema());
END $$;
