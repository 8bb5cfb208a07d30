"""How does a person ask about orders? The life of one, what is late, what contradicts, what is projected."""
