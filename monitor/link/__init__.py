"""The wire between the service and its clients: messages, local socket, MQTT."""
