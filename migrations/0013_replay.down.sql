DROP FUNCTION finish_and_claim(
    bigint, integer, integer, text, integer, json, text, text, json, json, text, bigint, double precision, uuid,
    json);
DROP FUNCTION finish(bigint, integer, integer, text, integer, json, text, text, json, json);

DROP TRIGGER study_grows ON study;
DROP FUNCTION note_growth;
ALTER TABLE study DROP COLUMN has_grown;
ALTER TABLE attempt DROP COLUMN record;
