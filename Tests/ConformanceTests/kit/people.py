"""The people of a mesh: one operator of each role, and members of two tenants."""

from concurrent.futures import ThreadPoolExecutor

import grpc
from tenantry.identity.v1 import identity_pb2

from kit.callers import Client

PASSWORD = "seven otters juggle lanterns"
REGION = "eu-west-1"
FIRST = {"email": "ada@example.com", "name": "Ada Lovelace"}

OPERATORS = ("no role", "viewer", "operator", "admin", "superuser")
MEMBERS = ("member", "tenant admin")
# An operator's credential for one tenant's lifecycle.
TENANT_TOKEN = "tenant token"


class People:
    """Everybody signed in; the superuser is whoever won the setup."""

    def __init__(self, edge, superuser_token):
        self.edge = edge
        self.operator_door = Client(edge, "operator")
        self.tenant_door = Client(edge, "tenant")
        self.tokens = {"superuser": superuser_token}
        self.emails = {"superuser": FIRST["email"]}
        self.ids = {}
        self.root = self.operator_door.with_token(superuser_token)
        for role in ("no role", "viewer", "operator", "admin"):
            self.ids[role], self.emails[role] = self.add_operator(role)
            self.tokens[role] = self.sign_in(self.emails[role])
        self.app = self.root.call("apps", "CreateApp", name="Acme CRM").app_id
        self.tenant = self.add_tenant("Globex")
        self.other_tenant = self.add_tenant("Initech")
        for role in ("tenant admin", "member"):
            self.emails[role] = self.add_member(self.tenant, role)
            self.tokens[role] = self.sign_in(self.emails[role], self.tenant)
        self.tokens[TENANT_TOKEN] = self.make_tenant_token(self.tenant)
        self.add_member(self.other_tenant, "stranger")

    def close(self):
        self.operator_door.close()
        self.tenant_door.close()

    def token(self, who):
        """The credential of a caller of the matrix; nobody has none."""
        if who == "garbage":
            return "tn_op_" + "x" * 43
        return self.tokens.get(who)

    def at(self, plane, who):
        """Somebody at a plane's door, whether or not it is theirs."""
        door = self.operator_door if plane == "operator" else self.tenant_door
        return door.with_token(self.token(who))

    def sign_in(self, email, tenant=""):
        """A new session's token."""
        door = self.tenant_door if tenant else self.operator_door
        return door.call(
            "identity", "SignIn", email=email, password=PASSWORD, tenant_id=tenant
        ).token

    def fresh_token(self, who):
        """Another session of somebody, to be ended by a test."""
        if who == TENANT_TOKEN:
            return self.make_tenant_token(self.tenant)
        if who not in self.emails:
            return self.token(who)
        return self.sign_in(self.emails[who], self.tenant if who in MEMBERS else "")

    def make_tenant_token(self, tenant):
        """A credential for one tenant's lifecycle."""
        return self.root.call(
            "tokens", "CreateTenantToken", tenant_id=tenant, reason="dunning job"
        ).token

    def add_operator(self, role):
        """Adds an operator with one role, or with none; answers the id and the e-mail."""
        email = f"{role.replace(' ', '-')}-{len(self.ids)}@example.com"
        account = self.root.call(
            "operators", "CreateOperator", email=email, name="Grace Hopper", password=PASSWORD
        )
        if role != "no role":
            self.root.call(
                "operators",
                "GrantRole",
                operator_id=account.operator_id,
                role=identity_pb2.Role.Value(f"ROLE_{role.upper()}"),
                reason="joins the team",
            )
        return account.operator_id, email

    def add_tenant(self, name, state="active"):
        """Adds a tenant and brings it to the state."""
        tenant = self.root.call(
            "tenants", "CreateTenant", app_id=self.app, display_name=name, region=REGION
        ).tenant_id
        steps = {
            "provisioned": (),
            "trial": ("StartTrial",),
            "active": ("ActivateTenant",),
            "suspended": ("ActivateTenant", "SuspendTenant"),
            "offboarding": ("OffboardTenant",),
        }
        for step in steps[state]:
            reason = {"reason": "chargeback"} if step in ("SuspendTenant", "OffboardTenant") else {}
            self.root.call("tenants", step, tenant_id=tenant, **reason)
        return tenant

    def add_member(self, tenant, who):
        """Adds a member to a tenant; the first one is its admin."""
        email = f"{who.replace(' ', '-')}@tenant.example"
        self.root.call(
            "members",
            "CreateMember",
            tenant_id=tenant,
            email=email,
            name="Hank Scorpio",
            password=PASSWORD,
        )
        return email


def race_to_set_up(edge, count=2):
    """Several people try to become the first operator at the same moment."""
    doors = [Client(edge, "operator") for _ in range(count)]
    try:
        for door in doors:
            grpc.channel_ready_future(door.channel).result(20)
        with ThreadPoolExecutor(count) as pool:
            return list(
                pool.map(
                    lambda door: door.attempt("identity", "Setup", **FIRST, password=PASSWORD),
                    doors,
                )
            )
    finally:
        for door in doors:
            door.close()
