DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'school_app') THEN
    CREATE ROLE school_app NOLOGIN;
  END IF;
END
$$;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
CREATE TABLE public.tutors (
  class_id integer NOT NULL,
  teacher_id integer NOT NULL,
  PRIMARY KEY (class_id, teacher_id)
);
CREATE TABLE public.grades (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  class_id integer NOT NULL,
  grade numeric(2, 1) NOT NULL CHECK (grade BETWEEN 1 AND 6)
);
ALTER TABLE public.tutors ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.tutors FORCE ROW LEVEL SECURITY;
ALTER TABLE public.grades ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.grades FORCE ROW LEVEL SECURITY;
CREATE FUNCTION public.is_tutor(p_class integer) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT 1 FROM tutors WHERE class_id = p_class AND teacher_id = nullif(current_setting('school.teacher', true), '')::integer);
END;
$$;
CREATE POLICY own ON public.tutors FOR SELECT TO school_app USING (teacher_id = nullif(current_setting('school.teacher', true), '')::integer);
CREATE POLICY tutor ON public.grades FOR SELECT TO school_app USING (public.is_tutor(class_id));
GRANT SELECT ON public.tutors, public.grades TO school_app;
