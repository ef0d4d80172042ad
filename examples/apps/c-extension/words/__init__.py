from words._distance import distance

__all__ = ["distance"]
