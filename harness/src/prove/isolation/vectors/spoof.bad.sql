-- Whose session it is, the session itself says: all of the example is so.
COMMENT ON FUNCTION app.tenant() IS 'The tenant that the session says it is.';
