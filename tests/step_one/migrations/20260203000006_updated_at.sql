create or replace function public.update_updated_at_column()
returns trigger language plpgsql as $$
BEGIN
  NEW.updated_at = NOW();
  RETURN NEW;
END;
$$;

create trigger update_kinksters_updated_at before update on public.kinksters
  for each row execute function public.update_updated_at_column();
