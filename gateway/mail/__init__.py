"""The door for mail: SMTP or LMTP. A mail's recipient names the service that takes it; here, nothing is kept."""
