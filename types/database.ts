// Written by `python -m tests.test_supabase_cli`, not by hand.
export type Json =
  | string
  | number
  | boolean
  | null
  | { [key: string]: Json | undefined }
  | Json[];

export type Database = {
  public: {
    Tables: {
      kinkster_conversations: {
        Row: {
          created_at: string;
          head_turn_id: string | null;
          id: string;
          kinkster_id: string;
          rollout_id: string | null;
          state: string;
          updated_at: string;
          user_id: string;
        };
        ComputedFields: never;
        Insert: {
          created_at?: string;
          head_turn_id?: string | null;
          id?: string;
          kinkster_id: string;
          rollout_id?: string | null;
          state?: string;
          updated_at?: string;
          user_id?: string;
        };
        Update: {
          created_at?: string;
          head_turn_id?: string | null;
          id?: string;
          kinkster_id?: string;
          rollout_id?: string | null;
          state?: string;
          updated_at?: string;
          user_id?: string;
        };
        Relationships: [
          {
            foreignKeyName: "head_is_in_the_conversation";
            columns: ["user_id", "id", "head_turn_id"];
            isOneToOne: false;
            referencedRelation: "kinkster_messages";
            referencedColumns: ["user_id", "conversation_id", "turn_id"];
          },
          {
            foreignKeyName: "head_is_in_the_conversation";
            columns: ["user_id", "id", "head_turn_id"];
            isOneToOne: false;
            referencedRelation: "kinkster_turns";
            referencedColumns: ["user_id", "conversation_id", "id"];
          },
          {
            foreignKeyName: "kinkster_conversations_kinkster_id_fkey";
            columns: ["kinkster_id"];
            isOneToOne: false;
            referencedRelation: "kinksters";
            referencedColumns: ["id"];
          },
          {
            foreignKeyName: "kinkster_conversations_user_id_fkey";
            columns: ["user_id"];
            isOneToOne: false;
            referencedRelation: "profiles";
            referencedColumns: ["id"];
          },
        ];
      };
      kinkster_ratings: {
        Row: {
          note: string | null;
          rated_at: string;
          rating: number;
          turn_id: string;
          user_id: string;
        };
        ComputedFields: never;
        Insert: {
          note?: string | null;
          rated_at?: string;
          rating: number;
          turn_id: string;
          user_id?: string;
        };
        Update: {
          note?: string | null;
          rated_at?: string;
          rating?: number;
          turn_id?: string;
          user_id?: string;
        };
        Relationships: [
          {
            foreignKeyName: "rating_is_of_a_turn";
            columns: ["user_id", "turn_id"];
            isOneToOne: true;
            referencedRelation: "kinkster_messages";
            referencedColumns: ["user_id", "turn_id"];
          },
          {
            foreignKeyName: "rating_is_of_a_turn";
            columns: ["user_id", "turn_id"];
            isOneToOne: true;
            referencedRelation: "kinkster_turns";
            referencedColumns: ["user_id", "id"];
          },
        ];
      };
      kinkster_turns: {
        Row: {
          api: string | null;
          asked_again_at: string | null;
          attempts: number;
          cache_write_tokens: number | null;
          cached_tokens: number | null;
          continuity: string | null;
          conversation_id: string;
          cost_usd: number | null;
          created_at: string;
          error_code: string | null;
          error_hint: string | null;
          error_message: string | null;
          finished_at: string | null;
          first_text_ms: number | null;
          followed_until: string | null;
          id: string;
          input_tokens: number | null;
          is_shown: boolean;
          lease: string | null;
          lease_expires_at: string | null;
          limits: Json | null;
          limits_sha256: string | null;
          message: string;
          model: string | null;
          next_attempt_at: string | null;
          output_tokens: number | null;
          parent_turn_id: string | null;
          prompt_sha256: string | null;
          provider: string | null;
          reasoning_tokens: number | null;
          rebuilt_because: string | null;
          replaced_model: string | null;
          reply: string;
          reply_is_stale: boolean;
          rerouted_from: string | null;
          response_id: string | null;
          safeword_seen: boolean;
          session_follows_turn_id: string | null;
          session_id: string | null;
          session_taken: boolean;
          started_at: string | null;
          status: string;
          user_id: string;
          worker: string | null;
        };
        ComputedFields: never;
        Insert: {
          api?: string | null;
          asked_again_at?: string | null;
          attempts?: number;
          cache_write_tokens?: number | null;
          cached_tokens?: number | null;
          continuity?: string | null;
          conversation_id: string;
          cost_usd?: number | null;
          created_at?: string;
          error_code?: string | null;
          error_hint?: string | null;
          error_message?: string | null;
          finished_at?: string | null;
          first_text_ms?: number | null;
          followed_until?: string | null;
          id?: string;
          input_tokens?: number | null;
          is_shown?: boolean;
          lease?: string | null;
          lease_expires_at?: string | null;
          limits?: Json | null;
          limits_sha256?: string | null;
          message: string;
          model?: string | null;
          next_attempt_at?: string | null;
          output_tokens?: number | null;
          parent_turn_id?: string | null;
          prompt_sha256?: string | null;
          provider?: string | null;
          reasoning_tokens?: number | null;
          rebuilt_because?: string | null;
          replaced_model?: string | null;
          reply?: string;
          reply_is_stale?: boolean;
          rerouted_from?: string | null;
          response_id?: string | null;
          safeword_seen?: boolean;
          session_follows_turn_id?: string | null;
          session_id?: string | null;
          session_taken?: boolean;
          started_at?: string | null;
          status?: string;
          user_id?: string;
          worker?: string | null;
        };
        Update: {
          api?: string | null;
          asked_again_at?: string | null;
          attempts?: number;
          cache_write_tokens?: number | null;
          cached_tokens?: number | null;
          continuity?: string | null;
          conversation_id?: string;
          cost_usd?: number | null;
          created_at?: string;
          error_code?: string | null;
          error_hint?: string | null;
          error_message?: string | null;
          finished_at?: string | null;
          first_text_ms?: number | null;
          followed_until?: string | null;
          id?: string;
          input_tokens?: number | null;
          is_shown?: boolean;
          lease?: string | null;
          lease_expires_at?: string | null;
          limits?: Json | null;
          limits_sha256?: string | null;
          message?: string;
          model?: string | null;
          next_attempt_at?: string | null;
          output_tokens?: number | null;
          parent_turn_id?: string | null;
          prompt_sha256?: string | null;
          provider?: string | null;
          reasoning_tokens?: number | null;
          rebuilt_because?: string | null;
          replaced_model?: string | null;
          reply?: string;
          reply_is_stale?: boolean;
          rerouted_from?: string | null;
          response_id?: string | null;
          safeword_seen?: boolean;
          session_follows_turn_id?: string | null;
          session_id?: string | null;
          session_taken?: boolean;
          started_at?: string | null;
          status?: string;
          user_id?: string;
          worker?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: "parent_is_in_the_same_conversation";
            columns: ["user_id", "conversation_id", "parent_turn_id"];
            isOneToOne: false;
            referencedRelation: "kinkster_messages";
            referencedColumns: ["user_id", "conversation_id", "turn_id"];
          },
          {
            foreignKeyName: "parent_is_in_the_same_conversation";
            columns: ["user_id", "conversation_id", "parent_turn_id"];
            isOneToOne: false;
            referencedRelation: "kinkster_turns";
            referencedColumns: ["user_id", "conversation_id", "id"];
          },
          {
            foreignKeyName: "turn_belongs_to_a_conversation";
            columns: ["user_id", "conversation_id"];
            isOneToOne: false;
            referencedRelation: "kinkster_conversations";
            referencedColumns: ["user_id", "id"];
          },
        ];
      };
      kinksters: {
        Row: {
          aesthetic: string | null;
          age_range: string | null;
          appearance_description: string | null;
          archetype: string | null;
          avatar_generation_config: Json | null;
          avatar_prompt: string | null;
          avatar_url: string | null;
          avatar_urls: Json | null;
          backstory: string | null;
          bio: string | null;
          body_type: string | null;
          build: string | null;
          charisma: number | null;
          clothing_style: string[] | null;
          control: number | null;
          created_at: string | null;
          creativity: number | null;
          display_name: string | null;
          dominance: number | null;
          experience_level: string | null;
          eye_color: string | null;
          facial_hair: string | null;
          favorite_colors: string[] | null;
          fetish_wear: string[] | null;
          flowise_chatflow_id: string | null;
          gallery_urls: Json | null;
          generation_prompt: string | null;
          hair_color: string | null;
          hair_style: string | null;
          hard_limits: string[] | null;
          height: string | null;
          id: string;
          is_active: boolean | null;
          is_primary: boolean | null;
          is_public: boolean | null;
          is_system_kinkster: boolean;
          kink_interests: string[] | null;
          last_local_update: string | null;
          last_notion_update: string | null;
          master_notion_page_id: string | null;
          metadata: Json | null;
          name: string;
          notion_database_id: string | null;
          notion_last_synced_at: string | null;
          notion_page_id: string | null;
          openai_instructions: string | null;
          openai_model: string | null;
          openai_previous_response_id: string | null;
          partnership_id: string | null;
          personality_traits: string[] | null;
          physical_attributes: Json | null;
          pronouns: string | null;
          provider: string;
          provider_changed_at: string | null;
          revision: number;
          role: string | null;
          role_preferences: string[] | null;
          skin_tone: string | null;
          soft_limits: string[] | null;
          specialty: string | null;
          stamina: number | null;
          submission: number | null;
          sync_error: string | null;
          sync_status: string | null;
          synced_revision: number | null;
          top_kinks: string[] | null;
          updated_at: string | null;
          user_id: string | null;
        };
        ComputedFields: never;
        Insert: {
          aesthetic?: string | null;
          age_range?: string | null;
          appearance_description?: string | null;
          archetype?: string | null;
          avatar_generation_config?: Json | null;
          avatar_prompt?: string | null;
          avatar_url?: string | null;
          avatar_urls?: Json | null;
          backstory?: string | null;
          bio?: string | null;
          body_type?: string | null;
          build?: string | null;
          charisma?: number | null;
          clothing_style?: string[] | null;
          control?: number | null;
          created_at?: string | null;
          creativity?: number | null;
          display_name?: string | null;
          dominance?: number | null;
          experience_level?: string | null;
          eye_color?: string | null;
          facial_hair?: string | null;
          favorite_colors?: string[] | null;
          fetish_wear?: string[] | null;
          flowise_chatflow_id?: string | null;
          gallery_urls?: Json | null;
          generation_prompt?: string | null;
          hair_color?: string | null;
          hair_style?: string | null;
          hard_limits?: string[] | null;
          height?: string | null;
          id?: string;
          is_active?: boolean | null;
          is_primary?: boolean | null;
          is_public?: boolean | null;
          is_system_kinkster?: boolean;
          kink_interests?: string[] | null;
          last_local_update?: string | null;
          last_notion_update?: string | null;
          master_notion_page_id?: string | null;
          metadata?: Json | null;
          name: string;
          notion_database_id?: string | null;
          notion_last_synced_at?: string | null;
          notion_page_id?: string | null;
          openai_instructions?: string | null;
          openai_model?: string | null;
          openai_previous_response_id?: string | null;
          partnership_id?: string | null;
          personality_traits?: string[] | null;
          physical_attributes?: Json | null;
          pronouns?: string | null;
          provider?: string;
          provider_changed_at?: string | null;
          revision?: number;
          role?: string | null;
          role_preferences?: string[] | null;
          skin_tone?: string | null;
          soft_limits?: string[] | null;
          specialty?: string | null;
          stamina?: number | null;
          submission?: number | null;
          sync_error?: string | null;
          sync_status?: string | null;
          synced_revision?: number | null;
          top_kinks?: string[] | null;
          updated_at?: string | null;
          user_id?: string | null;
        };
        Update: {
          aesthetic?: string | null;
          age_range?: string | null;
          appearance_description?: string | null;
          archetype?: string | null;
          avatar_generation_config?: Json | null;
          avatar_prompt?: string | null;
          avatar_url?: string | null;
          avatar_urls?: Json | null;
          backstory?: string | null;
          bio?: string | null;
          body_type?: string | null;
          build?: string | null;
          charisma?: number | null;
          clothing_style?: string[] | null;
          control?: number | null;
          created_at?: string | null;
          creativity?: number | null;
          display_name?: string | null;
          dominance?: number | null;
          experience_level?: string | null;
          eye_color?: string | null;
          facial_hair?: string | null;
          favorite_colors?: string[] | null;
          fetish_wear?: string[] | null;
          flowise_chatflow_id?: string | null;
          gallery_urls?: Json | null;
          generation_prompt?: string | null;
          hair_color?: string | null;
          hair_style?: string | null;
          hard_limits?: string[] | null;
          height?: string | null;
          id?: string;
          is_active?: boolean | null;
          is_primary?: boolean | null;
          is_public?: boolean | null;
          is_system_kinkster?: boolean;
          kink_interests?: string[] | null;
          last_local_update?: string | null;
          last_notion_update?: string | null;
          master_notion_page_id?: string | null;
          metadata?: Json | null;
          name?: string;
          notion_database_id?: string | null;
          notion_last_synced_at?: string | null;
          notion_page_id?: string | null;
          openai_instructions?: string | null;
          openai_model?: string | null;
          openai_previous_response_id?: string | null;
          partnership_id?: string | null;
          personality_traits?: string[] | null;
          physical_attributes?: Json | null;
          pronouns?: string | null;
          provider?: string;
          provider_changed_at?: string | null;
          revision?: number;
          role?: string | null;
          role_preferences?: string[] | null;
          skin_tone?: string | null;
          soft_limits?: string[] | null;
          specialty?: string | null;
          stamina?: number | null;
          submission?: number | null;
          sync_error?: string | null;
          sync_status?: string | null;
          synced_revision?: number | null;
          top_kinks?: string[] | null;
          updated_at?: string | null;
          user_id?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: "kinksters_user_id_fkey";
            columns: ["user_id"];
            isOneToOne: false;
            referencedRelation: "profiles";
            referencedColumns: ["id"];
          },
        ];
      };
      profiles: {
        Row: {
          avatar_url: string | null;
          created_at: string | null;
          display_name: string | null;
          dynamic_role: Database["public"]["Enums"]["dynamic_role"] | null;
          email: string;
          full_name: string | null;
          hard_limits: string[] | null;
          id: string;
          notion_kinksters_database_id: string | null;
          notion_workspace_id: string | null;
          partner_id: string | null;
          safewords: string[];
          soft_limits: string[] | null;
          submission_state: Database["public"]["Enums"]["submission_state"];
          system_role: Database["public"]["Enums"]["system_role"];
          updated_at: string | null;
        };
        ComputedFields: never;
        Insert: {
          avatar_url?: string | null;
          created_at?: string | null;
          display_name?: string | null;
          dynamic_role?: Database["public"]["Enums"]["dynamic_role"] | null;
          email: string;
          full_name?: string | null;
          hard_limits?: string[] | null;
          id: string;
          notion_kinksters_database_id?: string | null;
          notion_workspace_id?: string | null;
          partner_id?: string | null;
          safewords?: string[];
          soft_limits?: string[] | null;
          submission_state?: Database["public"]["Enums"]["submission_state"];
          system_role?: Database["public"]["Enums"]["system_role"];
          updated_at?: string | null;
        };
        Update: {
          avatar_url?: string | null;
          created_at?: string | null;
          display_name?: string | null;
          dynamic_role?: Database["public"]["Enums"]["dynamic_role"] | null;
          email?: string;
          full_name?: string | null;
          hard_limits?: string[] | null;
          id?: string;
          notion_kinksters_database_id?: string | null;
          notion_workspace_id?: string | null;
          partner_id?: string | null;
          safewords?: string[];
          soft_limits?: string[] | null;
          submission_state?: Database["public"]["Enums"]["submission_state"];
          system_role?: Database["public"]["Enums"]["system_role"];
          updated_at?: string | null;
        };
        Relationships: [];
      };
    };
    Views: {
      kinkster_messages: {
        Row: {
          content: string | null;
          conversation_id: string;
          created_at: string;
          parent_turn_id: string | null;
          position: number | null;
          role: string | null;
          status: string;
          turn_id: string;
          user_id: string;
        };
        ComputedFields: never;
        Relationships: [
          {
            foreignKeyName: "parent_is_in_the_same_conversation";
            columns: ["user_id", "conversation_id", "parent_turn_id"];
            isOneToOne: false;
            referencedRelation: "kinkster_messages";
            referencedColumns: ["user_id", "conversation_id", "turn_id"];
          },
          {
            foreignKeyName: "parent_is_in_the_same_conversation";
            columns: ["user_id", "conversation_id", "parent_turn_id"];
            isOneToOne: false;
            referencedRelation: "kinkster_turns";
            referencedColumns: ["user_id", "conversation_id", "id"];
          },
          {
            foreignKeyName: "turn_belongs_to_a_conversation";
            columns: ["user_id", "conversation_id"];
            isOneToOne: false;
            referencedRelation: "kinkster_conversations";
            referencedColumns: ["user_id", "id"];
          },
        ];
      };
      kinkster_metrics: {
        Row: {
          cache_write_tokens: number | null;
          cached_tokens: number | null;
          cancelled: number | null;
          chained: number | null;
          characters_per_second: number | null;
          completed: number | null;
          cost_per_message_usd: number | null;
          cost_unknown: number | null;
          cost_usd: number | null;
          day: string | null;
          duration_p50_ms: number | null;
          duration_p95_ms: number | null;
          duration_p99_ms: number | null;
          error_rate: number | null;
          failed: number | null;
          failed_by_model: number | null;
          failed_by_us: number | null;
          failed_limited: number | null;
          failed_misbehaved: number | null;
          failed_rejected: number | null;
          failed_unavailable: number | null;
          first_text_p50_ms: number | null;
          first_text_p95_ms: number | null;
          first_text_p99_ms: number | null;
          in_flight: number | null;
          input_tokens: number | null;
          kinkster_id: string;
          model: string | null;
          output_tokens: number | null;
          provider: string | null;
          rated_bad: number | null;
          rated_good: number | null;
          reasoning_tokens: number | null;
          rebuilt: number | null;
          rebuilt_branched: number | null;
          rebuilt_forgotten: number | null;
          rebuilt_limits_changed: number | null;
          rebuilt_provider_changed: number | null;
          rebuilt_stateless: number | null;
          rebuilt_unfinished: number | null;
          turns: number | null;
        };
        ComputedFields: never;
        Relationships: [];
      };
    };
    Functions: {
      advance_kinkster_rollout: {
        Args: { p_anyway?: boolean; p_rollout_id?: string; p_share?: number };
        Returns: Json;
      };
      await_kinkster_reply: {
        Args: { p_timeout?: string; p_turn_id: string };
        Returns: Json;
      };
      build_kinkster_openai_instructions: {
        Args: { p_kinkster_id: string };
        Returns: string;
      };
      cancel_kinkster_turn: { Args: { p_turn_id: string }; Returns: Json };
      edit_kinkster_message: {
        Args: { p_message: string; p_request_id?: string; p_turn_id: string };
        Returns: Json;
      };
      forget_kinkster_notion_page: {
        Args: { p_kinkster_id: string };
        Returns: Json;
      };
      get_kinkster_branch: {
        Args: { p_conversation_id: string };
        Returns: {
          content: string | null;
          conversation_id: string;
          created_at: string;
          parent_turn_id: string | null;
          position: number | null;
          role: string | null;
          status: string;
          turn_id: string;
          user_id: string;
        }[];
        SetofOptions: {
          from: "*";
          to: "kinkster_messages";
          isOneToOne: false;
          isSetofReturn: true;
        };
      };
      get_kinkster_chat_config: {
        Args: { p_kinkster_id: string };
        Returns: Json;
      };
      kinkster_consent_receipt: { Args: { p_turn_id: string }; Returns: Json };
      kinkster_doctor: {
        Args: Record<PropertyKey, never>;
        Returns: {
          check: string;
          found: string;
          state: string;
          todo: string;
        }[];
      };
      mark_kinkster_synced: {
        Args: {
          p_kinkster_id: string;
          p_master_page_id?: string;
          p_notion_database_id?: string;
          p_notion_page_id: string;
          p_revision?: number;
        };
        Returns: Json;
      };
      pause_kinkster_chats: { Args: Record<PropertyKey, never>; Returns: Json };
      pause_kinkster_rollout: {
        Args: { p_reason?: string; p_rollout_id?: string };
        Returns: Json;
      };
      plan_kinkster_rollout: {
        Args: Record<PropertyKey, never>;
        Returns: Json;
      };
      prepare_kinkster_for_notion: {
        Args: { p_kinkster_id: string };
        Returns: Json;
      };
      rate_kinkster_reply: {
        Args: { p_note?: string; p_rating: number; p_turn_id: string };
        Returns: Json;
      };
      regenerate_kinkster_reply: {
        Args: { p_request_id?: string; p_turn_id: string };
        Returns: Json;
      };
      resume_kinkster_conversation: {
        Args: { p_conversation_id: string };
        Returns: Json;
      };
      rollback_kinkster_rollout: {
        Args: { p_rollout_id?: string };
        Returns: Json;
      };
      send_kinkster_message: {
        Args: {
          p_conversation_id?: string;
          p_kinkster_id: string;
          p_message: string;
          p_request_id?: string;
        };
        Returns: Json;
      };
      start_kinkster_rollout: {
        Args: { p_rollout_id?: string };
        Returns: Json;
      };
      switch_kinkster_branch: { Args: { p_turn_id: string }; Returns: Json };
      update_kinkster_provider: {
        Args: {
          p_kinkster_id: string;
          p_openai_instructions?: string;
          p_openai_model?: string;
          p_provider: string;
        };
        Returns: Json;
      };
    };
    Enums: {
      dynamic_role: "dominant" | "submissive" | "switch";
      submission_state: "active" | "low_energy" | "paused";
      system_role: "admin" | "user";
    };
    CompositeTypes: {
      [_ in never]: never;
    };
  };
};

type DatabaseWithoutInternals = Omit<Database, "__InternalSupabase">;

type DefaultSchema = DatabaseWithoutInternals[Extract<
  keyof Database,
  "public"
>];

export type Tables<
  DefaultSchemaTableNameOrOptions extends
    | keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends (DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  }
    ? keyof (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"] &
        DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"])
    : never) = never,
> = DefaultSchemaTableNameOrOptions extends {
  schema: keyof DatabaseWithoutInternals;
}
  ? (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"] &
      DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"])[TableName] extends {
      Row: infer R;
    }
    ? R
    : never
  : DefaultSchemaTableNameOrOptions extends keyof (DefaultSchema["Tables"] &
        DefaultSchema["Views"])
    ? (DefaultSchema["Tables"] &
        DefaultSchema["Views"])[DefaultSchemaTableNameOrOptions] extends {
        Row: infer R;
      }
      ? R
      : never
    : never;

export type TablesInsert<
  DefaultSchemaTableNameOrOptions extends
    keyof DefaultSchema["Tables"] | { schema: keyof DatabaseWithoutInternals },
  TableName extends (DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never) = never,
> = DefaultSchemaTableNameOrOptions extends {
  schema: keyof DatabaseWithoutInternals;
}
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends {
      Insert: infer I;
    }
    ? I
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
    ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
        Insert: infer I;
      }
      ? I
      : never
    : never;

export type TablesUpdate<
  DefaultSchemaTableNameOrOptions extends
    keyof DefaultSchema["Tables"] | { schema: keyof DatabaseWithoutInternals },
  TableName extends (DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never) = never,
> = DefaultSchemaTableNameOrOptions extends {
  schema: keyof DatabaseWithoutInternals;
}
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends {
      Update: infer U;
    }
    ? U
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
    ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
        Update: infer U;
      }
      ? U
      : never
    : never;

export type Enums<
  DefaultSchemaEnumNameOrOptions extends
    keyof DefaultSchema["Enums"] | { schema: keyof DatabaseWithoutInternals },
  EnumName extends (DefaultSchemaEnumNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"]
    : never) = never,
> = DefaultSchemaEnumNameOrOptions extends {
  schema: keyof DatabaseWithoutInternals;
}
  ? DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"][EnumName]
  : DefaultSchemaEnumNameOrOptions extends keyof DefaultSchema["Enums"]
    ? DefaultSchema["Enums"][DefaultSchemaEnumNameOrOptions]
    : never;

export type CompositeTypes<
  PublicCompositeTypeNameOrOptions extends
    | keyof DefaultSchema["CompositeTypes"]
    | { schema: keyof DatabaseWithoutInternals },
  CompositeTypeName extends (PublicCompositeTypeNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  }
    ? keyof DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"]
    : never) = never,
> = PublicCompositeTypeNameOrOptions extends {
  schema: keyof DatabaseWithoutInternals;
}
  ? DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"][CompositeTypeName]
  : PublicCompositeTypeNameOrOptions extends keyof DefaultSchema["CompositeTypes"]
    ? DefaultSchema["CompositeTypes"][PublicCompositeTypeNameOrOptions]
    : never;

export const Constants = {
  public: {
    Enums: {
      dynamic_role: ["dominant", "submissive", "switch"],
      submission_state: ["active", "low_energy", "paused"],
      system_role: ["admin", "user"],
    },
  },
} as const;
