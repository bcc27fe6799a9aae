"""Clients that fetch providers' feeds and put them on Kafka as received."""
