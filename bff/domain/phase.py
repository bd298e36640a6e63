"""The macro-phases of orders, by the codes that both ordering systems use."""

PHASES: dict[str, tuple[str, str]] = {
    "RECEIVED": ("Ricevuto", "Received"),
    "VERIFIED": ("Verifica completata", "Checked"),
    "NETWORK_READY": ("Rete predisposta", "Network ready"),
    "SHIPPED": ("Spedito", "Shipped"),
    "ACTIVATED": ("Attivato", "Activated"),
    "APPLIED": ("Applicato", "Applied"),
    "SIM_PREPARED": ("SIM preparata", "SIM prepared"),
    "SIM_SHIPPED": ("SIM spedita", "SIM shipped"),
    "SIM_ACTIVATED": ("SIM attivata", "SIM activated"),
    "CEASED": ("Cessato", "Ceased"),
}
"""Code of a phase → its name in Italian and in English."""


def phase_name(code: str, language: str) -> str:
    """Name a phase in Italian, or in English for "en"; a code that is not known stands for itself."""
    italian, english = PHASES.get(code, (code, code))
    return english if language == "en" else italian
