"""Updates that the desk does not care for: every kind of the Bot API, the odd ones, and some that are not invented yet."""

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

USER: Json = {"id": 5_200_000_001, "is_bot": False, "first_name": "Rosa", "language_code": "es"}
BOT: Json = {"id": 780_003_002, "is_bot": True, "first_name": "Oficialía", "username": "OficialiaBot"}
CHAT: Json = {"id": 5_200_000_001, "type": "private", "first_name": "Rosa"}
GROUP: Json = {"id": -4_100_000_001, "type": "group", "title": "Supervisión"}
CHANNEL: Json = {"id": -1_000_000_000_001, "type": "channel", "title": "Avisos"}
DATE = 1_799_000_000
FILE: Json = {"file_id": "abc", "file_unique_id": "def", "file_size": 3}
PLACE: Json = {"latitude": 16.9, "longitude": -92.1}


def message(chat: Json = CHAT, **content: object) -> Json:
    return {"message_id": 7, "date": DATE, "chat": chat, "from": USER, **content}


def member(status: str, user: Json = USER) -> Json:
    return {"user": user, "status": status} | (
        {"until_date": 0} if status in ("kicked", "restricted") else {}
    )


def poll(**more: object) -> Json:
    return {
        "id": "1",
        "question": "¿Sí?",
        "options": [{"persistent_id": "1", "text": "Sí", "voter_count": 1}],
        "total_voter_count": 1,
        "is_closed": False,
        "is_anonymous": True,
        "type": "regular",
        "allows_multiple_answers": False,
        "allows_revoting": False,
        **more,
    }


SERVICE: dict[str, object] = {
    "new_chat_title": "x",
    "delete_chat_photo": True,
    "new_chat_photo": [{**FILE, "width": 1, "height": 1}],
    "message_auto_delete_timer_changed": {"message_auto_delete_time": 60},
    "pinned_message": {"message_id": 3, "date": DATE, "chat": CHAT, "text": "x"},
    "invoice": {
        "title": "x",
        "description": "x",
        "start_parameter": "x",
        "currency": "MXN",
        "total_amount": 1,
    },
    "successful_payment": {
        "currency": "MXN",
        "total_amount": 1,
        "invoice_payload": "x",
        "telegram_payment_charge_id": "x",
        "provider_payment_charge_id": "x",
    },
    "refunded_payment": {
        "currency": "XTR",
        "total_amount": 1,
        "invoice_payload": "x",
        "telegram_payment_charge_id": "x",
    },
    "users_shared": {"request_id": 1, "users": [{"user_id": 1}]},
    "chat_shared": {"request_id": 1, "chat_id": 1},
    "connected_website": "example.org",
    "write_access_allowed": {"from_request": True},
    "passport_data": {"data": [], "credentials": {"data": "x", "hash": "x", "secret": "x"}},
    "proximity_alert_triggered": {"traveler": USER, "watcher": USER, "distance": 1},
    "boost_added": {"boost_count": 1},
    "chat_background_set": {"type": {"type": "pattern"}},
    "forum_topic_created": {"name": "x", "icon_color": 1},
    "forum_topic_edited": {"name": "x"},
    "forum_topic_closed": {},
    "forum_topic_reopened": {},
    "general_forum_topic_hidden": {},
    "general_forum_topic_unhidden": {},
    "giveaway_created": {},
    "giveaway_completed": {"winner_count": 1},
    "video_chat_scheduled": {"start_date": DATE},
    "video_chat_started": {},
    "video_chat_ended": {"duration": 1},
    "video_chat_participants_invited": {"users": [USER]},
    "web_app_data": {"data": "x", "button_text": "x"},
    "dice": {"emoji": "🎲", "value": 3},
    "poll": poll(),
    "game": {"title": "x", "description": "x", "photo": [{**FILE, "width": 1, "height": 1}]},
    "story": {"chat": CHANNEL, "id": 1},
    "group_chat_created": True,
    "migrate_to_chat_id": -1_000_000_000_002,
    "checklist": {"title": "x", "tasks": [{"id": 1, "text": "x"}]},
    "paid_message_price_changed": {"paid_message_star_count": 1},
    "something_of_next_year": {"x": 1},
}

FROM_OTHERS: dict[str, object] = {
    "text": "hola",
    "document": FILE,
    "photo": [{**FILE, "width": 1, "height": 1}],
    "sticker": {**FILE, "width": 1, "height": 1, "is_animated": False, "is_video": False, "type": "regular"},
    "location": PLACE,
    "contact": {"phone_number": "1", "first_name": "Rosa"},
    "voice": {**FILE, "duration": 1},
    "venue": {"location": PLACE, "title": "x", "address": "x"},
}


def kinds() -> Iterator[tuple[str, Json]]:
    """Give a name and an update without its number."""
    for name, content in SERVICE.items():
        yield f"message {name}", {"message": message(**{name: content})}
    for name, content in FROM_OTHERS.items():
        yield f"channel post {name}", {"channel_post": message(CHANNEL, **{name: content})}
        yield f"edited channel post {name}", {"edited_channel_post": message(CHANNEL, **{name: content})}
        yield f"edited message {name}", {"edited_message": message(**{name: content}, edit_date=DATE)}
        yield f"business {name}", {"business_message": message(**{name: content})}
        yield f"of a bot {name}", {"message": message(**{name: content}) | {"from": BOT}}
    for name, before, after in (
        ("joined", "left", "member"),
        ("left", "member", "left"),
        ("banned", "member", "kicked"),
    ):
        yield (
            f"chat member {name}",
            {
                "chat_member": {
                    "chat": GROUP,
                    "from": USER,
                    "date": DATE,
                    "old_chat_member": member(before),
                    "new_chat_member": member(after),
                }
            },
        )
    yield (
        "still a member",
        {
            "my_chat_member": {
                "chat": CHAT,
                "from": USER,
                "date": DATE,
                "old_chat_member": member("member", BOT),
                "new_chat_member": member("member", BOT),
            }
        },
    )
    yield "somebody left a group", {"message": message(GROUP, left_chat_member=USER)}
    reaction = {"type": "emoji", "emoji": "👍"}
    yield (
        "reaction",
        {
            "message_reaction": {
                "chat": CHAT,
                "message_id": 7,
                "user": USER,
                "date": DATE,
                "old_reaction": [],
                "new_reaction": [reaction],
            }
        },
    )
    yield (
        "reaction count",
        {
            "message_reaction_count": {
                "chat": CHANNEL,
                "message_id": 7,
                "date": DATE,
                "reactions": [{"type": reaction, "total_count": 2}],
            }
        },
    )
    yield "poll", {"poll": poll()}
    yield "quiz", {"poll": poll(type="quiz", correct_option_ids=[0])}
    yield (
        "poll answer",
        {"poll_answer": {"poll_id": "1", "user": USER, "option_ids": [0], "option_persistent_ids": ["1"]}},
    )
    yield "inline query", {"inline_query": {"id": "1", "from": USER, "query": "PAC012", "offset": ""}}
    yield "chosen result", {"chosen_inline_result": {"result_id": "1", "from": USER, "query": "x"}}
    yield (
        "shipping",
        {
            "shipping_query": {
                "id": "1",
                "from": USER,
                "invoice_payload": "x",
                "shipping_address": {
                    "country_code": "MX",
                    "state": "x",
                    "city": "x",
                    "street_line1": "x",
                    "street_line2": "x",
                    "post_code": "1",
                },
            }
        },
    )
    yield (
        "checkout",
        {
            "pre_checkout_query": {
                "id": "1",
                "from": USER,
                "currency": "MXN",
                "total_amount": 1,
                "invoice_payload": "x",
            }
        },
    )
    yield "purchased", {"purchased_paid_media": {"from": USER, "paid_media_payload": "x"}}
    yield (
        "wants to join",
        {"chat_join_request": {"chat": GROUP, "from": USER, "user_chat_id": 1, "date": DATE}},
    )
    yield (
        "boost",
        {
            "chat_boost": {
                "chat": CHANNEL,
                "boost": {
                    "boost_id": "1",
                    "add_date": DATE,
                    "expiration_date": DATE,
                    "source": {"source": "premium", "user": USER},
                },
            }
        },
    )
    yield (
        "boost gone",
        {
            "removed_chat_boost": {
                "chat": CHANNEL,
                "boost_id": "1",
                "remove_date": DATE,
                "source": {"source": "premium", "user": USER},
            }
        },
    )
    yield (
        "business",
        {
            "business_connection": {
                "id": "1",
                "user": USER,
                "user_chat_id": 1,
                "date": DATE,
                "is_enabled": True,
            }
        },
    )
    yield (
        "deleted",
        {"deleted_business_messages": {"business_connection_id": "1", "chat": CHAT, "message_ids": [1]}},
    )
    yield "nothing at all", {}
    yield "of next year", {"telepathy": {"chat": CHAT, "from": USER, "thought": "autorizo"}}
    yield "of next year, no object", {"telepathy": "autorizo"}
    yield "of next year, a list", {"telepathy": [1, 2, 3]}
    yield "a message without a chat", {"message": {"message_id": 1, "date": DATE}}
    yield "a message that is none", {"message": "hola"}
    yield "a message that is null", {"message": None}
    yield "a chat that is none", {"message": message(text="hola") | {"chat": 5}}
    yield "a chat without a kind", {"message": message(text="hola") | {"chat": {"id": 5}}}
    yield "a press without anybody", {"callback_query": {"id": "1", "chat_instance": "1", "data": "x"}}
    yield "membership without a status", {"my_chat_member": {"chat": CHAT, "from": USER, "date": DATE}}
