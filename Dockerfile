# The jobs' image: Flink, its connectors, Python and Touchline. JobManager, TaskManagers and the
# command line are the same image with different commands, see docker-compose.yml.
#
# Flink is the one in the apache-flink wheel, as in the embedded stack, so that the two cannot differ
# in version, and Python is 3.11, which Flink's official image does not have.

FROM maven:3.9.9-eclipse-temurin-17 AS jars
WORKDIR /src
COPY connectors/pom.xml connectors/
COPY schemas/protobuf schemas/protobuf
RUN mvn -q -B -ntp -f connectors/pom.xml package

# Not the slim image: some of PyFlink's dependencies have no wheel and are built here.
FROM python:3.11.13-bookworm AS python
WORKDIR /opt/touchline
COPY constraints.txt ./
RUN pip install --no-cache-dir uv==0.13.9 && pip install --no-cache-dir -c constraints.txt grpcio-tools
COPY pyproject.toml README.md ./
COPY connectors connectors
COPY jobs jobs
COPY oracle oracle
COPY schemas schemas
COPY simulator simulator
COPY touchline touchline
COPY udfs udfs
RUN mkdir -p schemas/generated \
    && find schemas/protobuf -name '*.proto' -exec \
        python -m grpc_tools.protoc -I schemas/protobuf --python_out=schemas/generated {} + \
    && uv venv --python python3.11 /opt/venv \
    && VIRTUAL_ENV=/opt/venv uv pip install --no-cache --compile-bytecode -c constraints.txt -e .

FROM python:3.11.13-slim-bookworm
RUN apt-get update \
    && apt-get install -y --no-install-recommends openjdk-17-jre-headless procps \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 9999 --create-home flink
COPY --from=python /opt/venv /opt/venv
COPY --from=python /opt/touchline /opt/touchline
COPY --from=jars /src/connectors/target/flink /opt/touchline/connectors/target/flink
COPY flink-conf /opt/flink/conf
# For the client, which writes a configuration of its own out of it.
COPY flink-conf /opt/touchline/flink-conf
# Flink's own jars, flink-python (which the wheel keeps apart) and the connectors in one folder:
# `pipeline.jars` would hide flink-python from a session cluster.
RUN wheel=/opt/venv/lib/python3.11/site-packages/pyflink \
    && ln -s "$wheel" /opt/flink/home \
    && mkdir -p /opt/flink/lib /opt/flink/log /data \
    && ln -s "$wheel"/lib/*.jar "$wheel"/opt/flink-python-*.jar \
        /opt/touchline/connectors/target/flink/*.jar /opt/flink/lib/ \
    && chown -R flink /opt/flink /data
ENV PATH=/opt/venv/bin:/opt/flink/home/bin:$PATH \
    FLINK_HOME=/opt/flink/home \
    FLINK_CONF_DIR=/opt/flink/conf \
    FLINK_LIB_DIR=/opt/flink/lib \
    FLINK_LOG_DIR=/opt/flink/log \
    TOUCHLINE_HOME=/data/touchline
USER flink
WORKDIR /opt/touchline
CMD ["touchline", "--help"]
