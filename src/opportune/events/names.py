"""Names of events that mean something to the engine itself; all other names belong to the playbook."""

# From analytics clients, by kind of call
IDENTIFIED = "Identified"
"""An identify call: its properties are traits."""
SCORED = "Scored"
"""What a model outside has calculated of a user: its properties are traits, and the user has done nothing."""
TRAIT_EVENTS = frozenset({IDENTIFIED, SCORED})
"""What states all of its properties as traits."""
GROUPED = "Grouped"
PAGE_VIEWED = "Page Viewed"
SCREEN_VIEWED = "Screen Viewed"

# From whoever publishes
EXPERIMENT_VIEWED = "Experiment Viewed"
"""The user goes an arm of an experiment: properties as analytics clients name them."""
STORY_PUBLISHED = "Story Published"
"""A news desk tells a follower of what it has published: the follower has done nothing."""

# Of items, told to each user whom an item concerns
PRICE_DROPPED = "Price Dropped"
BACK_IN_STOCK = "Back in Stock"
ITEM_PUBLISHED = "Item Published"
ITEM_NEWS = frozenset({PRICE_DROPPED, BACK_IN_STOCK, ITEM_PUBLISHED})
"""What becomes of a change of the catalogue: the user has done nothing."""

# Consent and stops
CONSENT_GIVEN = "Consent Given"
"""Properties: channel, topic (both optional: all of them), source, proof."""
CONSENT_WITHDRAWN = "Consent Withdrawn"
UNSUBSCRIBED = "Unsubscribed"
"""The e-mail vocabulary's word for Consent Withdrawn; channel defaults to email."""
SUPPRESSED = "Suppressed"
"""Never send here: channel (optional: all), reason."""
UNSUPPRESSED = "Unsuppressed"
EMAIL_BOUNCED = "Email Bounced"
"""Suppresses e-mail when the property ``type`` is hard, or missing."""
EMAIL_COMPLAINED = "Email Marked as Spam"

# Of our own messages
MESSAGE_SENT = "Message Sent"
"""A provider accepted it. With property ``decision`` it is our own receipt; without, another system's send."""
MESSAGE_FAILED = "Message Failed"
"""A provider refused it for good, or could not be reached in time: property ``code``."""
MESSAGE_UNKNOWN = "Message Unknown"
"""It was handed over and no answer came: it counts as sent and is never tried again."""
ATTEMPT_LAPSED = "Attempt Lapsed"
"""A claimed attempt was not begun before it expired; nothing was sent and the decision is looked at again."""
IN_APP_SHOWN = "In-App Shown"
IN_APP_DISMISSED = "In-App Dismissed"
IN_APP_EXPIRED = "In-App Expired"
"""It lay in the inbox until it was useless, and nobody saw it."""
MESSAGE_DELIVERED = "Message Delivered"
"""A provider says that it has arrived: property ``channel``, which is not email."""
MESSAGE_BOUNCED = "Message Bounced"
"""A provider says that it has not arrived: properties ``channel``, which is not email, ``type`` and ``code``."""
EMAIL_DELIVERED = "Email Delivered"
EMAIL_OPENED = "Email Opened"
EMAIL_CLICKED = "Email Link Clicked"
EMAIL_OPENED_BY_MACHINE = "Email Opened by Machine"
"""A privacy proxy or a scanner fetched the picture: nobody has read the mail."""
EMAIL_CLICKED_BY_MACHINE = "Email Link Clicked by Machine"
PUSH_OPENED = "Push Opened"
SMS_CLICKED = "SMS Link Clicked"
IN_APP_CLICKED = "In-App Clicked"

# Of the engine
MERGED = "User Merged"
"""Property ``from``: the id whose memory this user absorbs."""
PLAYBOOK_PUBLISHED = "Playbook Published"

RECEIPT_ID = "receipt-"
STOP_ID = "unsubscribe-"
TRACK_ID = "track-"
"""Opens and clicks."""
CHOICE_ID = "choice-"
"""What a user chose on the preference page."""
INBOX_ID = "inbox-"
HOOK_ID = "hook-"
"""What a provider told."""
EMIT_ID = "emit-"
"""What a step made: folded where it was made, in the log for its readers."""
ITEM_ID = "item-"
"""What the catalogue tells a user of an item."""
OWN_IDS = (RECEIPT_ID, STOP_ID, TRACK_ID, CHOICE_ID, INBOX_ID, HOOK_ID, EMIT_ID, ITEM_ID)
"""How ids of our own events begin; a client's that did would make ours look known already."""

STOPS = frozenset({CONSENT_WITHDRAWN, UNSUBSCRIBED, SUPPRESSED, EMAIL_BOUNCED, EMAIL_COMPLAINED})
"""What can take the right to send away."""
RECEIPTS = frozenset({MESSAGE_SENT, MESSAGE_FAILED, MESSAGE_UNKNOWN, ATTEMPT_LAPSED})
"""What a dispatcher reports of an attempt."""
ENGAGEMENTS = {
    EMAIL_OPENED: "email",
    EMAIL_CLICKED: "email",
    PUSH_OPENED: "push",
    SMS_CLICKED: "sms",
    IN_APP_SHOWN: "in_app",
    IN_APP_CLICKED: "in_app",
}
"""What says that a message was noticed, and on which channel."""
INTERNAL = frozenset({MESSAGE_FAILED, MESSAGE_UNKNOWN, ATTEMPT_LAPSED, MERGED, PLAYBOOK_PUBLISHED})
"""What no client may send."""
PASSIVE = frozenset(
    {
        *ITEM_NEWS,
        CONSENT_GIVEN,
        CONSENT_WITHDRAWN,
        UNSUBSCRIBED,
        SUPPRESSED,
        UNSUPPRESSED,
        EMAIL_BOUNCED,
        EMAIL_COMPLAINED,
        MESSAGE_SENT,
        MESSAGE_FAILED,
        MESSAGE_UNKNOWN,
        ATTEMPT_LAPSED,
        MERGED,
        PLAYBOOK_PUBLISHED,
        MESSAGE_DELIVERED,
        MESSAGE_BOUNCED,
        EMAIL_DELIVERED,
        EMAIL_OPENED,
        EMAIL_OPENED_BY_MACHINE,
        EMAIL_CLICKED_BY_MACHINE,
        IN_APP_SHOWN,
        IN_APP_EXPIRED,
        IDENTIFIED,
        SCORED,
        GROUPED,
        STORY_PUBLISHED,
        EXPERIMENT_VIEWED,
    }
)
"""What is no sign that the user is using the product: it never opens or extends a session."""
