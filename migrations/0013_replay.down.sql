DROP FUNCTION finish_and_claim(
    bigint, integer, integer, text, integer, json, text, text, json, json, text, bigint, double precision, uuid,
    json);
DROP FUNCTION finish(bigint, integer, integer, text, integer, json, text, text, json, json);

DROP TRIGGER study_grows ON study;
DROP FUNCTION note_growth;
ALTER TABLE study DROP COLUMN has_grown;
ALTER TABLE attempt DROP COLUMN record;

-- `finish` and then `claim`, for trials that are shorter than a commit. Who is
-- fenced claims nothing; a repeat finds both done.
CREATE FUNCTION finish_and_claim(
    p_study bigint, p_trial integer, p_rung integer, p_purpose text, p_attempt integer,
    p_measurements json, p_compute_class text, p_artifact text, p_derived json,
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
                   p_artifact, p_derived);
    IF lease_next(p_worker, p_next_study, p_seconds, p_request, p_except) THEN
        RETURN QUERY SELECT * FROM leased(p_worker, p_request);
    END IF;
END $$;

DO $$ BEGIN
    EXECUTE format('REVOKE ALL ON ALL FUNCTIONS IN SCHEMA %I FROM PUBLIC', current_schema());
END $$;
