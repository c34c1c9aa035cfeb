-- People. Operators are `accounts.identity`, a tenant's own users are `accounts.member`; who may do
-- what stands in `accounts.user_roles` alone.
CREATE TABLE accounts.identity (
  identity_id uuid PRIMARY KEY,
  email text NOT NULL CONSTRAINT identity_email_key UNIQUE
    CHECK (email = lower(email) AND char_length(email) BETWEEN 3 AND 254),
  name text NOT NULL CHECK (name <> '' AND char_length(name) <= 500),
  -- Opens the operator plane; what there, the roles say.
  is_system_admin boolean NOT NULL,
  created_at timestamptz NOT NULL
);

CREATE INDEX identity_newest ON accounts.identity (created_at, identity_id);

CREATE TABLE accounts.member (
  tenant_id uuid NOT NULL,
  member_id uuid NOT NULL,
  email text NOT NULL CHECK (email = lower(email) AND char_length(email) BETWEEN 3 AND 254),
  name text NOT NULL CHECK (name <> '' AND char_length(name) <= 500),
  password_hash text NOT NULL CHECK (password_hash LIKE '$scrypt$%'),
  failures integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
  last_failure_at timestamptz,
  paused_until timestamptz,
  last_sign_in_at timestamptz,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, member_id),
  CONSTRAINT member_email_key UNIQUE (tenant_id, email)
);

CREATE INDEX member_newest ON accounts.member (tenant_id, created_at, member_id);

-- Every grant there is. Without a tenant it is an operator's, with one a member's.
CREATE TABLE accounts.user_roles (
  account_id uuid NOT NULL,
  tenant_id uuid,
  role text NOT NULL,
  granted_at timestamptz NOT NULL,
  -- NULL: nobody was signed in, at setup.
  granted_by uuid,
  reason text NOT NULL,
  identity_id uuid GENERATED ALWAYS AS (CASE WHEN tenant_id IS NULL THEN account_id END) STORED
    REFERENCES accounts.identity,
  member_id uuid GENERATED ALWAYS AS (CASE WHEN tenant_id IS NOT NULL THEN account_id END) STORED,
  CONSTRAINT user_roles_key UNIQUE NULLS NOT DISTINCT (account_id, tenant_id, role),
  FOREIGN KEY (tenant_id, member_id) REFERENCES accounts.member,
  CONSTRAINT user_roles_known CHECK (
    CASE WHEN tenant_id IS NULL THEN role IN ('viewer', 'operator', 'admin', 'superuser')
      ELSE role IN ('member', 'admin') END)
);

-- Who holds a role: the last superuser is looked for here.
CREATE INDEX user_roles_holders ON accounts.user_roles (role) WHERE tenant_id IS NULL;

-- One row once somebody has become the first operator: of two who try at once, one finds it taken.
CREATE TABLE accounts.setup (
  is_over boolean PRIMARY KEY CHECK (is_over),
  identity_id uuid NOT NULL REFERENCES accounts.identity DEFERRABLE INITIALLY DEFERRED,
  at timestamptz NOT NULL
);

-- A member's sign-ins. The token itself is kept nowhere.
CREATE TABLE accounts.member_sessions (
  tenant_id uuid NOT NULL,
  session_id uuid NOT NULL,
  member_id uuid NOT NULL,
  token_hash bytea NOT NULL CONSTRAINT member_sessions_token_key UNIQUE
    CHECK (octet_length(token_hash) = 32),
  created_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  ended_at timestamptz,
  ip text NOT NULL,
  PRIMARY KEY (tenant_id, session_id),
  FOREIGN KEY (tenant_id, member_id) REFERENCES accounts.member
);

CREATE INDEX member_sessions_of_member ON accounts.member_sessions (tenant_id, member_id);
CREATE INDEX member_sessions_by_age ON accounts.member_sessions (created_at);

-- Operators' credentials and sign-ins lie apart from everything of tenants.
CREATE SCHEMA dashboard_auth;

CREATE TABLE dashboard_auth.dashboard_users (
  identity_id uuid PRIMARY KEY REFERENCES accounts.identity,
  password_hash text NOT NULL CHECK (password_hash LIKE '$scrypt$%'),
  failures integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
  last_failure_at timestamptz,
  paused_until timestamptz,
  last_sign_in_at timestamptz,
  created_at timestamptz NOT NULL
);

CREATE TABLE dashboard_auth.sessions (
  session_id uuid PRIMARY KEY,
  identity_id uuid NOT NULL REFERENCES accounts.identity,
  token_hash bytea NOT NULL CONSTRAINT sessions_token_key UNIQUE
    CHECK (octet_length(token_hash) = 32),
  created_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  ended_at timestamptz,
  ip text NOT NULL
);

CREATE INDEX sessions_of_identity ON dashboard_auth.sessions (identity_id);
CREATE INDEX sessions_by_age ON dashboard_auth.sessions (created_at);
