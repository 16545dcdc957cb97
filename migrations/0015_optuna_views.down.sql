DO $$
BEGIN
    EXECUTE format('DROP SCHEMA %I CASCADE', current_setting('peftsearch.prefix') || 'optuna');
END $$;

DROP INDEX trial_for_optuna;
DROP TRIGGER study_listed ON study;
DROP FUNCTION list_new_study, list_document;
DROP TABLE study_parameter, study_constraint, study_objective;
