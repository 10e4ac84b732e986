# SPDX-License-Identifier: Apache-2.0
# The example service as Wasm with native code, which whoever builds this image has compiled, and which it therefore runs.
# deploy/images.sh makes the folder that this is built in.
FROM scratch
COPY shallop-run /usr/bin/shallop-run
COPY http_service.native.wasm /http_service.wasm
ENV PATH=/usr/bin
USER 65532:65532
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=3s --start-period=5s CMD ["/usr/bin/shallop-run", "health", "8080"]
ENTRYPOINT ["/usr/bin/shallop-run", "--net", "--env=*", "--confine", "--allow-native", "--require-native", "/http_service.wasm"]
CMD ["8080"]
