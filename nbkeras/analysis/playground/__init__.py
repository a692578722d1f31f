"""The playground: small networks on points of a plane, trained by the real `fit`."""
