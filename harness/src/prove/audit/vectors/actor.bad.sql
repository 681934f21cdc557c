-- Inside of the function, current_user is its owner, whoever acts.
CREATE FUNCTION audit.sign() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    new.actor := current_user;
    RETURN new;
END
$$;
CREATE TRIGGER sign BEFORE INSERT ON audit.log FOR EACH ROW EXECUTE FUNCTION audit.sign();
