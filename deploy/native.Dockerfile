# SPDX-License-Identifier: Apache-2.0
# The example service as a native program, linked statically, from nothing: what the Wasm images are compared with.
# deploy/images.sh makes the folder that this is built in. shallop-run is there for the health check alone.
FROM scratch
COPY shallop-run /usr/bin/shallop-run
COPY http_service /http_service
ENV PATH=/usr/bin
# As the first process of a container, a program that installs no handler is deaf to SIGTERM.
STOPSIGNAL SIGKILL
USER 65532:65532
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=3s --start-period=5s CMD ["/usr/bin/shallop-run", "health", "8080"]
ENTRYPOINT ["/http_service"]
CMD ["8080"]
