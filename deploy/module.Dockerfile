# SPDX-License-Identifier: Apache-2.0
# The module alone, for engines whose runtime brings a runner: shallop-oci, or another Wasm runtime. It builds for the
# engine's own platform, or for `--platform wasi/wasm` where the builder knows that.
FROM scratch
COPY http_service.wasm /http_service.wasm
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/http_service.wasm"]
CMD ["8080"]
