DROP FUNCTION find_study(text);
