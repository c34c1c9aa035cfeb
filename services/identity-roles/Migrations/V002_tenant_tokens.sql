-- An operator's token for one tenant is a session that is confined to it and ends at a fixed time.
ALTER TABLE dashboard_auth.sessions
  ADD COLUMN tenant_id uuid,
  ADD COLUMN permissions text[],
  ADD COLUMN expires_at timestamptz,
  ADD CONSTRAINT sessions_scope_is_whole CHECK (
    (tenant_id IS NULL AND permissions IS NULL AND expires_at IS NULL)
    OR (tenant_id IS NOT NULL AND permissions IS NOT NULL AND expires_at IS NOT NULL));
