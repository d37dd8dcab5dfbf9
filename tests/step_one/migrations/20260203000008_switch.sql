alter type public.dynamic_kind add value if not exists 'switch';
alter type public.submission_status add value if not exists 'low_energy' after 'active';
