"""Who watches Maitre: clients of the live stream that resume, and receivers of outgoing webhooks. For bench, torture and Tests/nodes."""
