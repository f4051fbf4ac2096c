"""The real parts that tests and benchmarks run on, each started, stopped and started again from Python.

    postgres.py         PostgreSQL from its wheel: DatabaseServer (start, stop, kill), Database (url, connect)
    broker.py           Broker, what every Kafka broker here can do, and find_broker(), which takes the first that works
    native_broker.py    a single KRaft node from Apache Kafka's own jars (Java 17 or later, Maven)
    container_broker.py apache/kafka in a container (Docker)
    java.py             a Java class path from a pom.xml, for the broker and for foreign Java clients
    chromium.py         the Chromium of the machine, driven by Playwright

`tests/conftest.py` turns them into fixtures. What the machine cannot give is a `Missing` with its reason: the tests
that need it are skipped with that reason, or fail where TRIALOG_REQUIRE_KAFKA=1 or TRIALOG_REQUIRE_BROWSER=1 is set.
"""
