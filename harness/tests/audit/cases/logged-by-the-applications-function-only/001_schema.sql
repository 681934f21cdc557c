DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'stock_app') THEN
    CREATE ROLE stock_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA audit;
CREATE TABLE audit.movements (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  clerk text,
  table_name text NOT NULL,
  op text NOT NULL,
  sku text NOT NULL,
  old_row jsonb,
  new_row jsonb
);
CREATE TABLE public.shelves (
  sku text PRIMARY KEY,
  pieces integer NOT NULL CHECK (pieces >= 0)
);
CREATE FUNCTION public.take_from_shelf(p_sku text, p_pieces integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  was public.shelves;
  is_now public.shelves;
BEGIN
  SELECT * INTO STRICT was FROM public.shelves WHERE sku = p_sku FOR UPDATE;
  UPDATE public.shelves SET pieces = pieces - p_pieces WHERE sku = p_sku RETURNING * INTO is_now;
  INSERT INTO audit.movements (clerk, table_name, op, sku, old_row, new_row)
  VALUES (nullif(current_setting('stock.clerk', true), ''), 'public.shelves', 'UPDATE', p_sku, to_jsonb(was), to_jsonb(is_now));
  RETURN is_now.pieces;
END;
$$;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.shelves TO stock_app;
