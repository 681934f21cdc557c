ALTER FUNCTION app.length_of(text) NOT LEAKPROOF;
