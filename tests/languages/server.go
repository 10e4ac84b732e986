// SPDX-License-Identifier: Apache-2.0
// An HTTP server of Go's standard library as a guest: GOOS=wasip1. Go cannot open sockets there, so it is given one
// (`shallop run --listen`), as descriptor 3.
package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
)

func main() {
	listener, err := net.FileListener(os.NewFile(3, "listener"))
	if err != nil {
		fmt.Fprintln(os.Stderr, "listen:", err)
		os.Exit(1)
	}
	http.HandleFunc("/", func(response http.ResponseWriter, request *http.Request) {
		fmt.Fprintf(response, "Hello from Go, %s", request.URL.Path)
	})
	fmt.Println("listening")
	err = http.Serve(listener, nil)
	fmt.Fprintln(os.Stderr, "serve:", err)
	os.Exit(1)
}
