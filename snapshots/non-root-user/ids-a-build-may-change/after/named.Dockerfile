FROM debian:12
ENV ACCOUNT=web2
RUN groupadd --gid 10001 "$ACCOUNT" && useradd --uid 10001 -g "$ACCOUNT" "$ACCOUNT"
WORKDIR /srv/app
RUN chown 10001:10001 /srv/app
COPY --chown=10001:10001 run.py ./
USER 10001:10001
CMD ["/srv/app/run.py"]
