CREATE TABLE IF NOT EXISTS public.kinksters (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id UUID REFERENCES public.profiles(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  display_name TEXT,
  role TEXT DEFAULT 'switch',
  pronouns TEXT DEFAULT 'They/Them',
  bio TEXT,
  backstory TEXT,
  dominance INTEGER DEFAULT 10 CHECK (dominance BETWEEN 1 AND 20),
  age_range TEXT,
  physical_attributes JSONB,
  personality_traits TEXT[],
  top_kinks TEXT[] DEFAULT '{}',
  hard_limits TEXT[],
  soft_limits TEXT[],
  avatar_url TEXT,
  is_public BOOLEAN DEFAULT FALSE,
  is_system_kinkster BOOLEAN NOT NULL DEFAULT FALSE,
  is_active BOOLEAN DEFAULT TRUE,
  is_primary BOOLEAN DEFAULT FALSE,
  metadata JSONB DEFAULT '{}',
  created_at TIMESTAMPTZ DEFAULT NOW(),
  updated_at TIMESTAMPTZ DEFAULT NOW()
);

CREATE INDEX IF NOT EXISTS idx_kinksters_user ON public.kinksters (user_id);
ALTER TABLE public.kinksters ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "Users can view own kinksters" ON public.kinksters;
CREATE POLICY "Users can view own kinksters" ON public.kinksters
  FOR SELECT USING (auth.uid() = user_id OR is_system_kinkster);
