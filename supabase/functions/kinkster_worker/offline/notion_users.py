"""`GET /v1/users/me`: whose token it is, and of which workspace."""

from uuid import UUID, uuid5

from .notion_call import Call
from .notion_texts import Json


def me(call: Call) -> Json:
    """The bot of the token."""
    return {
        "object": "user",
        "id": call.bot.id,
        "name": call.bot.name,
        "avatar_url": None,
        "type": "bot",
        "bot": {
            "owner": {"type": "workspace", "workspace": True},
            "workspace_id": str(uuid5(UUID(int=0), call.workspace.name)),
            "workspace_name": call.workspace.name,
            "workspace_limits": {"max_file_upload_size_in_bytes": 5_242_880},
        },
    }
